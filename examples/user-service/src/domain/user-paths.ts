// The paths that a field mask over users may name.
import { ProfileSchema, UserSchema } from "../gen/trunkline/examples/users/v1/user_pb.js";
import type { Violation } from "./failures.js";
import { isMetadataKey } from "./user-rules.js";

/** A path of a mask, taken apart. Names are those of the generated TypeScript. */
export type UserPath =
  | { readonly kind: "field"; readonly name: UserField }
  | { readonly kind: "profile"; readonly name: ProfileField }
  | { readonly kind: "metadata"; readonly key: string };

/** The fields of a user. */
export type UserField =
  | "id"
  | "name"
  | "email"
  | "age"
  | "roles"
  | "status"
  | "profile"
  | "metadata"
  | "createdAt"
  | "updatedAt";

/** The fields of a profile. */
export type ProfileField = "displayName" | "bio" | "avatarUrl" | "location";

const userFields = new Map(UserSchema.fields.map((it) => [it.name, it.localName as UserField]));
const profileFields = new Map(
  ProfileSchema.fields.map((it) => [it.name, it.localName as ProfileField]),
);

/** Every field of a user, in the order of the contract. */
export const allUserFields: readonly UserField[] = [...userFields.values()];

/**
 * Takes the paths of a mask apart. `*` stands for every field and must be the only path then.
 * @param maskName where the mask stands in the request, for the violations.
 */
export function parseUserPaths(
  paths: readonly string[],
  maskName: string,
): { readonly paths: UserPath[]; readonly violations: Violation[] } {
  if (paths.length === 1 && paths[0] === "*") {
    return { paths: allUserFields.map((name) => ({ kind: "field", name })), violations: [] };
  }
  const parsed: UserPath[] = [];
  const violations: Violation[] = [];
  for (const text of paths) {
    const path = parseUserPath(text);
    if (path === undefined) violations.push({ field: maskName, description: describeBad(text) });
    else parsed.push(path);
  }
  return { paths: parsed, violations };
}

function parseUserPath(text: string): UserPath | undefined {
  const field = userFields.get(text);
  if (field !== undefined) return { kind: "field", name: field };
  const dot = text.indexOf(".");
  const rest = text.slice(dot + 1);
  if (dot < 0) return undefined;
  if (text.startsWith("metadata.")) {
    return isMetadataKey(rest) ? { kind: "metadata", key: rest } : undefined;
  }
  const name = text.startsWith("profile.") ? profileFields.get(rest) : undefined;
  return name === undefined ? undefined : { kind: "profile", name };
}

function describeBad(text: string): string {
  if (text === "*") return `"*" must be the only path`;
  return `${JSON.stringify(text.slice(0, 80))} is not a path of User`;
}
