// Entry point of @trunkline/plugins/api-key: callers that are known by keys.
export type { Authenticator } from "../authentication/authenticator.js";
export { watchFile } from "../watching/node/watch-file.js";
export type { WatchedFile, WatchedFileOptions } from "../watching/watched-file.js";
export { type ApiKeyRecord, createApiKey, hashApiKey, type NewApiKey } from "./api-key.js";
export {
  type ApiKeyAuthenticator,
  type ApiKeyAuthenticatorOptions,
  createApiKeyAuthenticator,
} from "./api-key-authenticator.js";
