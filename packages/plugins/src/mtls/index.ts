// Entry point of @trunkline/plugins/mtls: clients that are known by their certificates.
export type { Authenticator } from "../authentication/authenticator.js";
export { createMtlsAuthenticator, type MtlsAuthenticatorOptions } from "./mtls-authenticator.js";
