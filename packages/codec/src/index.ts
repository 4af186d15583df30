// Entry point of @trunkline/codec: Protocol Buffers encoders and decoders specialised by descriptor.
export { type Codec, type CodecOptions, codecFor, createCodec } from "./codec.js";
export { CodecError } from "./codec-error.js";
export { canGenerateCode } from "./compiled/code-generation.js";
