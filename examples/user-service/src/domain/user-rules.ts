// What makes a user well formed: the rules of the contract, for users that have come in bulk or been put together here.
import { create } from "@bufbuild/protobuf";
import { createMessageChecker } from "@trunkline/plugins/validate";
import { type User, UserSchema } from "../gen/trunkline/examples/users/v1/user_pb.js";
import { DeleteUserRequestSchema } from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import type { Violation } from "./failures.js";

const metadataKeyPattern = /^[a-z][a-z0-9_.-]{0,62}$/;
const check = createMessageChecker(UserSchema);
const checkRequest = createMessageChecker(DeleteUserRequestSchema);

/** Everything that is wrong with a user; `prefix` stands before each path, such as `user.`. */
export function checkUser(user: User, prefix: string): Violation[] {
  return check(user).map(({ field, description }) => ({ field: prefix + field, description }));
}

/** What is wrong with an id; `prefix` stands before its path. */
export function checkUserId(id: string, prefix: string): Violation[] {
  const violations = checkRequest(create(DeleteUserRequestSchema, { id }));
  return violations.map(({ field, description }) => ({ field: prefix + field, description }));
}

/** Whether the text can be a key of a user's metadata: the contract's pattern, for the paths of masks. */
export function isMetadataKey(key: string): boolean {
  return metadataKeyPattern.test(key);
}

/** The form in which two equal addresses are equal strings. */
export function toEmailKey(email: string): string {
  return email.normalize("NFC").toLowerCase();
}
