// Where the codecs of registered methods come from.
import type { DescMessage, Message } from "@bufbuild/protobuf";
import { codecFor } from "@trunkline/codec";
import type { MessageCodec } from "@trunkline/core";

/** The compiled codec of a message type; the same object for the same type. */
export function findCodec(schema: DescMessage): MessageCodec<Message> {
  return codecFor(schema);
}
