// Services in the form that grpc-js and nice-grpc want, made from their descriptors.
import { create, type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import type { MethodDefinition } from "@grpc/grpc-js";
import { InteropService } from "./gen/trunkline/interop/v1/interop_pb.js";
import type { MethodName } from "./peer.js";

type Definition = MethodDefinition<object, object>;

/** A method of any service, with plain objects as what is sent. */
export function defineMethod(method: DescMethod): Definition {
  const encode = (schema: DescMethod["input"]) => (value: object) =>
    Buffer.from(toBinary(schema, create(schema, value as Message)));
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream:
      method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
    responseStream:
      method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
    requestSerialize: encode(method.input),
    requestDeserialize: (bytes) => fromBinary(method.input, bytes),
    responseSerialize: encode(method.output),
    responseDeserialize: (bytes) => fromBinary(method.output, bytes),
  };
}

/** All methods of the interop service, by their names in TypeScript. */
export const definition = Object.fromEntries(
  Object.entries(InteropService.method).map(([name, method]) => [name, defineMethod(method)]),
) as Record<MethodName, Definition>;
