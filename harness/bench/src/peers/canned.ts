// The bytes of the messages that the peers without a codec send and expect.
import { create, toBinary } from "@bufbuild/protobuf";
import {
  GetUserRequestSchema,
  GetUserResponseSchema,
  ListUsersResponseSchema,
  UserSchema,
} from "../gen/trunkline/bench/v1/bench_pb.js";
import { createdAtMs, sampleUser } from "./sample.js";

const { roles, ...rest } = sampleUser;
const user = create(UserSchema, { ...rest, roles: [...roles], createdAtMs: BigInt(createdAtMs) });

/** Puts the five bytes of a gRPC envelope before a message. */
export function envelope(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

export const getUserRequest: Buffer = envelope(
  toBinary(GetUserRequestSchema, create(GetUserRequestSchema, { id: sampleUser.id })),
);
export const getUserResponse: Buffer = envelope(
  toBinary(GetUserResponseSchema, create(GetUserResponseSchema, { user })),
);
export const listUsersResponse: Buffer = envelope(
  toBinary(ListUsersResponseSchema, create(ListUsersResponseSchema, { user })),
);
