// Where the codecs of registered methods come from, in each message format that the server speaks.
import type { DescMethod, Message } from "@bufbuild/protobuf";
import { codecFor } from "@trunkline/codec";
import { checkRawMessage, type MessageCodec, type MessageFormat, rawCodec } from "@trunkline/core";
import { toResponseMessage } from "./response-message.js";

/** How the messages of one method are read, made and written in one format. */
export interface MethodMessages {
  readonly requestCodec: MessageCodec<Message>;
  readonly responseCodec: MessageCodec<Message>;
  /** The message to send for what a handler gave. @throws when it can be none. */
  toResponse(value: unknown): Message;
}

/** The messages of a method in a format; undefined: protobuf, whose codecs are the same objects for the same types. */
export function messagesOf(method: DescMethod, format: MessageFormat | undefined): MethodMessages {
  const find = format?.codecFor.bind(format) ?? codecFor;
  return {
    requestCodec: find(method.input) as MessageCodec<Message>,
    responseCodec: find(method.output) as MessageCodec<Message>,
    toResponse: (value) => toResponseMessage(method.output, value),
  };
}

/** Bytes as they are, whatever the format. Handlers that take them say so: what is a Message elsewhere is a Uint8Array here. */
export function rawMessagesOf(path: string): MethodMessages {
  const codec = rawCodec as MessageCodec<never>;
  return {
    requestCodec: codec,
    responseCodec: codec,
    toResponse: (value) => checkRawMessage(path, value) as never,
  };
}
