// Update masks: which parts of a user a client wants to change, and the user that results.
import { clone, create } from "@bufbuild/protobuf";
import type { FieldMask } from "@bufbuild/protobuf/wkt";
import {
  ProfileSchema,
  type User,
  UserSchema,
  UserStatus,
} from "../gen/trunkline/examples/users/v1/user_pb.js";
import type { Violation } from "./failures.js";
import {
  allUserFields,
  type ProfileField,
  parseUserPaths,
  type UserField,
  type UserPath,
} from "./user-paths.js";

const outputOnly: ReadonlySet<UserField> = new Set(["id", "createdAt", "updatedAt"]);
const protoNames = new Map(UserSchema.fields.map((it) => [it.localName, it.name]));
const profileFields: readonly ProfileField[] = ["displayName", "bio", "avatarUrl", "location"];

/**
 * The parts to change. Without a mask: what is not empty in `changes`, with a metadata map and a
 * profile entry by entry, so that nothing can be cleared by leaving it out (AIP-134).
 */
export function parseUpdateMask(
  mask: FieldMask | undefined,
  changes: User,
): { readonly paths: readonly UserPath[]; readonly violations: readonly Violation[] } {
  if (mask === undefined || mask.paths.length === 0) {
    return { paths: filledPaths(changes), violations: [] };
  }
  const { paths, violations } = parseUserPaths(mask.paths, "update_mask");
  if (mask.paths[0] === "*") return { paths: paths.filter(isChangeable), violations };
  for (const path of paths) {
    if (isChangeable(path)) continue;
    const name = path.kind === "field" ? protoNames.get(path.name) : path.kind;
    violations.push({ field: "update_mask", description: `"${name}" cannot be changed` });
  }
  return { paths, violations };
}

/** `current` with the named parts taken from `changes`; neither is altered. */
export function applyChanges(current: User, changes: User, paths: readonly UserPath[]): User {
  const result = clone(UserSchema, current);
  result.profile ??= create(ProfileSchema);
  for (const path of paths) changePart(result, changes, path);
  if (result.status === UserStatus.UNSPECIFIED) result.status = UserStatus.ACTIVE;
  return result;
}

function isChangeable(path: UserPath): boolean {
  return path.kind !== "field" || !outputOnly.has(path.name);
}

function changePart(result: User, changes: User, path: UserPath): void {
  if (path.kind === "metadata") {
    if (Object.hasOwn(changes.metadata, path.key)) {
      result.metadata[path.key] = changes.metadata[path.key]!;
    } else delete result.metadata[path.key];
  } else if (path.kind === "profile") {
    result.profile![path.name] = changes.profile?.[path.name] ?? "";
  } else if (path.name === "profile") {
    result.profile = clone(ProfileSchema, changes.profile ?? create(ProfileSchema));
  } else if (path.name === "metadata") {
    result.metadata = { ...changes.metadata };
  } else {
    Object.assign(result, { [path.name]: changes[path.name] });
  }
}

function filledPaths(changes: User): UserPath[] {
  const paths: UserPath[] = [];
  for (const name of allUserFields) {
    if (outputOnly.has(name) || name === "profile" || name === "metadata") continue;
    const value = changes[name];
    const isFilled = Array.isArray(value) ? value.length > 0 : value !== "" && value !== 0;
    if (isFilled) paths.push({ kind: "field", name });
  }
  for (const name of profileFields) {
    if (changes.profile?.[name]) paths.push({ kind: "profile", name });
  }
  for (const key of Object.keys(changes.metadata)) paths.push({ kind: "metadata", key });
  return paths;
}
