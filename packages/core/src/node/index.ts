// Entry point "@trunkline/core/node": what needs Node.js, kept away from browsers.
export { type AttemptMessage, CallDiagnostics, type CallMessage } from "./call-diagnostics.js";
export { createCallScope } from "./call-scope.js";
export { toNodeDuplex, toNodeReadable, toNodeWritable } from "./node-streams.js";
export type { CertificateFacts } from "./tls/certificate-facts.js";
export type { ExpiryOptions } from "./tls/expiring-items.js";
export { belongTogether, type KeyPair } from "./tls/key-pair.js";
export {
  type LoadedTlsFiles,
  loadTlsFiles,
  TlsFileError,
  type TlsFiles,
} from "./tls/load-tls-files.js";
export type { NamedCertificateFiles } from "./tls/read-tls-files.js";
export type {
  TlsEvent,
  TlsEventListener,
  TlsExpiring,
  TlsReloaded,
  TlsReloadFailed,
} from "./tls/tls-events.js";
export {
  type TlsChannelFiles,
  type TlsServerFiles,
  type WatchedTlsChannelCredentials,
  type WatchedTlsServerCredentials,
  watchTlsChannelCredentials,
  watchTlsServerCredentials,
} from "./tls/watch-tls-credentials.js";
export { type WatchTlsExpiryOptions, watchTlsExpiry } from "./tls/watch-tls-expiry.js";
export type { WatchedTls, WatchTlsOptions } from "./tls/watched-tls.js";
