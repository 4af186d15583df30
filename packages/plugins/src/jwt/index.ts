// Entry point of @trunkline/plugins/jwt: callers that are known by signed tokens.
export type { Authenticator } from "../authentication/authenticator.js";
export { createJwtAuthenticator, type JwtAuthenticator } from "./jwt-authenticator.js";
export type { JwksUrl, JwtAuthenticatorOptions, JwtKeys } from "./jwt-options.js";
