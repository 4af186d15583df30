// Messages as the bytes that they are, and methods of which no descriptor is known: what proxies work with.
import type { DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import type { MethodKind } from "../call/method-kind.js";
import { streamsRequests, streamsResponses } from "../call/method-kind.js";
import { describeValue } from "../status/option-checks.js";
import { UsageError } from "../status/usage-error.js";
import type { MessageCodec } from "./message-codec.js";

/** Hands messages over as they came: the bytes of each belong to whoever receives it. */
export const rawCodec: MessageCodec<unknown> = {
  encode: (message) => message as Uint8Array,
  encodeInto(message, target, offset, limit) {
    const bytes = message as Uint8Array;
    const end = offset + bytes.length;
    if (end > limit || end > target.length) return -end;
    target.set(bytes, offset);
    return end;
  },
  decode: (bytes, start = 0, end = bytes.length, owned = false) =>
    owned ? bytes.subarray(start, end) : bytes.slice(start, end),
};

/**
 * The message itself, if it is one that can be sent as it is.
 * @throws {UsageError} when it is no Uint8Array.
 */
export function checkRawMessage(path: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new UsageError(
    `the messages of ${path} are sent as bytes: a Uint8Array, not ${describeValue(value)}`,
  );
}

/** Stands for the message types of methods that are known by their names alone. */
const unknownMessage = {
  kind: "message",
  typeName: "trunkline.UnknownMessage",
  name: "UnknownMessage",
  fields: [],
  oneofs: [],
  members: [],
  field: {},
  nestedEnums: [],
  nestedMessages: [],
  nestedExtensions: [],
  deprecated: false,
  toString: () => "message trunkline.UnknownMessage",
} as unknown as DescMessage;

/** Whether `path` has the form `/package.Service/Method`, of characters that can be sent as they are. */
export function isMethodPath(path: string): boolean {
  return /^\/[!-.0-~]+\/[!-.0-~]+$/.test(path);
}

/**
 * A descriptor for a method of which nothing but the path is known. Its names and its kind are those
 * of the method; its messages have no fields, its service no other method.
 * @param path `/package.Service/Method`.
 * @throws {UsageError} when it is not of that form.
 */
export function createGenericMethod(
  path: string,
  methodKind: MethodKind = "bidi_streaming",
): DescMethod {
  if (typeof path !== "string" || !isMethodPath(path)) {
    throw new UsageError(
      `${describeValue(path)} is no method: it must be like /package.Service/Method`,
    );
  }
  const slash = path.lastIndexOf("/");
  const typeName = path.slice(1, slash);
  const name = path.slice(slash + 1);
  const localName = name.charAt(0).toLowerCase() + name.slice(1);
  const service = {
    kind: "service",
    typeName,
    name: typeName.slice(typeName.lastIndexOf(".") + 1),
    methods: [] as DescMethod[],
    method: {} as Record<string, DescMethod>,
    deprecated: false,
    toString: () => `service ${typeName}`,
  };
  const method = {
    kind: "rpc",
    methodKind,
    name,
    localName,
    parent: service as unknown as DescService,
    input: unknownMessage,
    output: unknownMessage,
    idempotency: 0,
    deprecated: false,
    proto: {
      $typeName: "google.protobuf.MethodDescriptorProto",
      name,
      inputType: unknownMessage.typeName,
      outputType: unknownMessage.typeName,
      clientStreaming: streamsRequests(methodKind),
      serverStreaming: streamsResponses(methodKind),
    },
    toString: () => `rpc ${typeName}.${name}`,
  } as unknown as DescMethod;
  service.methods.push(method);
  service.method[localName] = method;
  return method;
}
