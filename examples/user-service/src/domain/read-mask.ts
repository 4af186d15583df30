// Read masks: which parts of a user a client wants to get.
import { create } from "@bufbuild/protobuf";
import type { FieldMask } from "@bufbuild/protobuf/wkt";
import {
  ProfileSchema,
  type User,
  UserSchema,
} from "../gen/trunkline/examples/users/v1/user_pb.js";
import type { Violation } from "./failures.js";
import { parseUserPaths, type UserPath } from "./user-paths.js";

/** The wanted parts; undefined stands for all. */
export type ReadMask = readonly UserPath[] | undefined;

/** Reads a mask; absent, empty and `*` all stand for everything. */
export function parseReadMask(mask: FieldMask | undefined): {
  readonly mask: ReadMask;
  readonly violations: readonly Violation[];
} {
  if (mask === undefined || mask.paths.length === 0) return { mask: undefined, violations: [] };
  const { paths, violations } = parseUserPaths(mask.paths, "read_mask");
  return { mask: paths, violations };
}

/** The parts of `user` that the mask names, as a user of their own. */
export function applyReadMask(user: User, mask: ReadMask): User {
  if (mask === undefined) return user;
  const result = create(UserSchema);
  for (const path of mask) copyPart(user, result, path);
  return result;
}

function copyPart(from: User, to: User, path: UserPath): void {
  if (path.kind === "field") {
    // A copy, because later paths of the mask may add to what this one has set.
    Object.assign(to, { [path.name]: structuredClone(from[path.name]) });
  } else if (path.kind === "metadata") {
    const value = Object.hasOwn(from.metadata, path.key) ? from.metadata[path.key] : undefined;
    if (value !== undefined) to.metadata = { ...to.metadata, [path.key]: value };
  } else {
    const value = from.profile?.[path.name] ?? "";
    to.profile ??= create(ProfileSchema);
    to.profile[path.name] = value;
  }
}
