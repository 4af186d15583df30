// Messages as ProtoJSON, for peers that ask for `application/grpc+json`.
import {
  type DescMessage,
  fromJsonString,
  type Message,
  type Registry,
  toJsonString,
} from "@bufbuild/protobuf";
import type { MessageCodec } from "./message-codec.js";
import type { MessageFormat } from "./message-format.js";

/** Options of `jsonFormat`. */
export interface JsonFormatOptions {
  /** Finds the types inside `google.protobuf.Any` and of extensions; without it, messages that hold such cannot be written. Default none. */
  readonly registry?: Registry | undefined;
  /** Unknown fields of received messages are skipped, so that either side may know more fields than the other. Default true. */
  readonly ignoreUnknownFields?: boolean | undefined;
  /** Fields without presence are written even when they have their default value. Default false. */
  readonly alwaysEmitImplicit?: boolean | undefined;
  /** Names are written as in the .proto file rather than in lower camel case; both are read. Default false. */
  readonly useProtoFieldName?: boolean | undefined;
  /** Values of enums are written as numbers; both are read. Default false. */
  readonly enumAsInteger?: boolean | undefined;
}

/**
 * The message format `json`: ProtoJSON in UTF-8, content type `application/grpc+json`. A server with it
 * in `formats` answers in the format of the request; a channel with it as `format` sends all messages so.
 * @example
 * const server = createServer({ formats: [jsonFormat()] });
 * const channel = createChannel("localhost:50051", { format: jsonFormat() });
 */
export function jsonFormat(options: JsonFormatOptions = {}): MessageFormat {
  const { ignoreUnknownFields = true } = options;
  const complete = { ...options, ignoreUnknownFields };
  return { name: "json", codecFor: (schema) => new JsonCodec(schema, complete) };
}

type Complete = Parameters<typeof toJsonString>[2] & Parameters<typeof fromJsonString>[2];

/** Throws for bytes that are not UTF-8, instead of replacing them. */
const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

class JsonCodec implements MessageCodec<unknown> {
  readonly #schema: DescMessage;
  readonly #options: Complete;

  constructor(schema: DescMessage, options: JsonFormatOptions) {
    this.#schema = schema;
    this.#options = options as Complete;
  }

  encode(message: unknown): Uint8Array {
    return encoder.encode(toJsonString(this.#schema, message as Message, this.#options));
  }

  decode(bytes: Uint8Array, start = 0, end: number = bytes.length): unknown {
    const text = decoder.decode(bytes.subarray(start, end));
    return fromJsonString(this.#schema, text, this.#options);
  }
}
