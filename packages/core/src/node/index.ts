// Entry point "@trunkline/core/node": what needs Node.js, kept away from browsers.
export { createCallScope } from "./call-scope.js";
export {
  type LoadedTlsFiles,
  loadTlsFiles,
  TlsFileError,
  type TlsFiles,
} from "./load-tls-files.js";
export { toNodeDuplex, toNodeReadable, toNodeWritable } from "./node-streams.js";
