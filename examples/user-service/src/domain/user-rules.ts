// What makes a user well formed: one rule a field.
import type { Profile, User } from "../gen/trunkline/examples/users/v1/user_pb.js";
import { UserStatusSchema } from "../gen/trunkline/examples/users/v1/user_pb.js";
import type { Violation } from "./failures.js";
import { checkEmail, checkText, checkWebUrl } from "./text-rules.js";

const maxAge = 150;
const maxRoles = 16;
const maxMetadataEntries = 32;
const rolePattern = /^[a-z][a-z0-9_-]{0,31}$/;
const metadataKeyPattern = /^[a-z][a-z0-9_.-]{0,62}$/;

/** Everything that is wrong with a user; `prefix` stands before each path, such as `user.`. */
export function checkUser(user: User, prefix: string): Violation[] {
  const found = new Findings(prefix);
  found.note("name", checkText(user.name, { min: 1, max: 100 }));
  found.note("email", checkEmail(user.email));
  found.note("age", checkAge(user.age));
  checkRoles(user.roles, found);
  found.note("status", checkStatus(user.status));
  if (user.profile !== undefined) checkProfile(user.profile, found);
  checkMetadata(user.metadata, found);
  return found.violations;
}

/** Whether the text can be a key of a user's metadata. */
export function isMetadataKey(key: string): boolean {
  return metadataKeyPattern.test(key);
}

class Findings {
  readonly violations: Violation[] = [];
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  note(field: string, description: string | undefined): void {
    if (description !== undefined)
      this.violations.push({ field: this.#prefix + field, description });
  }
}

function checkAge(age: number): string | undefined {
  return age < 0 || age > maxAge ? `${age} is not within 0 to ${maxAge}` : undefined;
}

function checkStatus(status: number): string | undefined {
  return !UserStatusSchema.values.some((it) => it.number === status)
    ? `${status} is no value of UserStatus`
    : undefined;
}

function checkRoles(roles: readonly string[], found: Findings): void {
  if (roles.length > maxRoles) {
    found.note("roles", `has ${roles.length} entries; at most ${maxRoles} are allowed`);
    return;
  }
  roles.forEach((role, index) => {
    if (!rolePattern.test(role)) {
      found.note(`roles[${index}]`, "is not a letter a-z and up to 31 of a-z, 0-9, _ and -");
    } else if (roles.indexOf(role) !== index) {
      found.note(`roles[${index}]`, `repeats "${role}"`);
    }
  });
}

function checkProfile(profile: Profile, found: Findings): void {
  found.note("profile.display_name", checkText(profile.displayName, { max: 100 }));
  found.note("profile.bio", checkText(profile.bio, { max: 2000, multiline: true }));
  found.note("profile.avatar_url", checkWebUrl(profile.avatarUrl, 2048));
  found.note("profile.location", checkText(profile.location, { max: 100 }));
}

function checkMetadata(metadata: Readonly<Record<string, string>>, found: Findings): void {
  const entries = Object.entries(metadata);
  if (entries.length > maxMetadataEntries) {
    found.note(
      "metadata",
      `has ${entries.length} entries; at most ${maxMetadataEntries} are allowed`,
    );
    return;
  }
  for (const [key, value] of entries) {
    const told = JSON.stringify(key.slice(0, 63));
    if (!isMetadataKey(key)) {
      found.note(
        "metadata",
        `the key ${told} is not a letter a-z and up to 62 of a-z, 0-9, _, - and .`,
      );
      continue;
    }
    const problem = checkText(value, { max: 1024, multiline: true });
    found.note(`metadata.${key}`, problem);
  }
}
