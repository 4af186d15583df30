// The message that is measured: the 60-byte User, as protobuf-es and as protobufjs have it.
import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import protobufjs from "protobufjs";
import { compileProto } from "./descriptors.js";

const SECONDS = 1_700_000_000;
const NANOS = 123_456_789;

const PROTO = `syntax = "proto3";
package trunkline.bench;
enum Status { STATUS_UNSPECIFIED = 0; STATUS_ACTIVE = 1; }
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message User {
  string id = 1;
  string name = 2;
  string email = 3;
  int32 age = 4;
  repeated string roles = 5;
  Status status = 6;
  Timestamp created_at = 7;
}
`;

const FIELDS = {
  id: "104729",
  name: "Ada Lovelace",
  email: "ada@math.org",
  age: 36,
  roles: ["admin"],
  status: 1,
};

/** The type for protobuf-es and for us. */
export function userType(): DescMessage {
  return compileProto("user.proto", PROTO).getMessage("trunkline.bench.User")!;
}

/** The message for protobuf-es and for us. */
export function createUser(desc: DescMessage): Message {
  const createdAt = { seconds: BigInt(SECONDS), nanos: NANOS };
  return create(desc, { ...FIELDS, createdAt } as never);
}

/** The type for protobufjs, whose encoders and decoders are generated code too. */
export function protobufjsType(): protobufjs.Type {
  return protobufjs.parse(PROTO).root.lookupType("trunkline.bench.User");
}

/** The message for protobufjs; 64-bit integers as Long or, which is faster to write, as number. */
export function createProtobufjsUser(type: protobufjs.Type, long: boolean): protobufjs.Message {
  // The typings know Long as a constructor only.
  const Long = protobufjs.util.Long as unknown as { fromNumber(value: number): object };
  const seconds = long ? Long.fromNumber(SECONDS) : SECONDS;
  const timestamp = type.root.lookupType("trunkline.bench.Timestamp");
  const createdAt = timestamp.create({ seconds, nanos: NANOS });
  return type.create({ ...FIELDS, createdAt });
}
