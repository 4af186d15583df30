// Messages inside of messages: framing by length or group, and the local forms of wrappers and Structs.
import type { DescMessage } from "@bufbuild/protobuf";
import type { Loose, MessageCode } from "../plan/message-code.js";
import type { SubMessagePlan } from "../plan/message-plan.js";
import { newMessage } from "../plan/new-message.js";
import { fromStruct, toStruct } from "../struct/struct-json.js";
import { cursor } from "../wire/cursor.js";
import { readLength } from "../wire/text.js";
import { placeLength, writeVarint32 } from "../wire/varint.js";
import { GROUP_END, GROUP_START, LENGTH } from "../wire/wire-type.js";

/** Finds the code of another message type, which may not have been looked at yet. */
export type Resolve = (desc: DescMessage) => MessageCode;

/** Reads a value of a message field, merging it into `local` unless that is undefined. */
export type ChildReader = (
  bytes: Uint8Array,
  start: number,
  depth: number,
  local: unknown,
) => unknown;

/** Writes tag, framing and message. @returns one past the last byte. */
export type ChildWriter = (bytes: Uint8Array, start: number, local: unknown) => number;

export function createChildReader(
  plan: SubMessagePlan,
  number: number,
  resolve: Resolve,
): ChildReader {
  const read = createFramedReader(plan, number, resolve);
  switch (plan.form) {
    case "struct":
      return (bytes, start, depth, local) =>
        fromStruct(read(bytes, start, depth, local === undefined ? undefined : toStruct(local)));
    case "wrapper": {
      const name = plan.desc.fields[0]!.localName;
      return (bytes, start, depth, local) =>
        read(bytes, start, depth, local === undefined ? undefined : wrap(plan.desc, name, local))[
          name
        ];
    }
    default:
      return (bytes, start, depth, local) => read(bytes, start, depth, local as Loose | undefined);
  }
}

type FramedReader = (
  bytes: Uint8Array,
  start: number,
  depth: number,
  target: Loose | undefined,
) => Loose;

function createFramedReader(plan: SubMessagePlan, number: number, resolve: Resolve): FramedReader {
  const code = resolve(plan.desc);
  if (plan.delimited) {
    return (bytes, start, depth, target) => code.read(bytes, start, -number, depth, target);
  }
  return (bytes, start, depth, target) => {
    const length = readLength(bytes, start);
    const body = cursor.position;
    return code.read(bytes, body, body + length, depth, target);
  };
}

export function createChildWriter(
  plan: SubMessagePlan,
  number: number,
  resolve: Resolve,
): ChildWriter {
  const write = createFramedWriter(plan, number, resolve);
  switch (plan.form) {
    case "struct":
      return (bytes, start, local) => write(bytes, start, toStruct(local));
    case "wrapper": {
      const name = plan.desc.fields[0]!.localName;
      return (bytes, start, local) => write(bytes, start, wrap(plan.desc, name, local));
    }
    default:
      // A hole in a list, a map or a oneof is written as an empty message, as protobuf-es does.
      return (bytes, start, local) =>
        write(bytes, start, (local === undefined ? newMessage(plan.desc) : local) as Loose);
  }
}

function createFramedWriter(
  plan: SubMessagePlan,
  number: number,
  resolve: Resolve,
): (bytes: Uint8Array, start: number, message: Loose) => number {
  const code = resolve(plan.desc);
  if (plan.delimited) {
    return (bytes, start, message) => {
      const body = writeVarint32(bytes, start, (number << 3) | GROUP_START);
      const end = code.write(message, bytes, body);
      return writeVarint32(bytes, end, (number << 3) | GROUP_END);
    };
  }
  return (bytes, start, message) => {
    const head = writeVarint32(bytes, start, (number << 3) | LENGTH);
    return placeLength(bytes, head, head + 1, code.write(message, bytes, head + 1));
  };
}

function wrap(desc: DescMessage, name: string, value: unknown): Loose {
  const message = newMessage(desc) as unknown as Loose;
  message[name] = value;
  return message;
}
