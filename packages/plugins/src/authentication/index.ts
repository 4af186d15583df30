// Entry point of @trunkline/plugins/authentication: no call without knowing who makes it.
export { type AuthenticateOptions, authenticate } from "./authenticate.js";
export type { Authenticator } from "./authenticator.js";
export { allOf, anyOf } from "./combine.js";
