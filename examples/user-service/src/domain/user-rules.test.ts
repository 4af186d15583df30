// Tests of the rules that make a user well formed.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { UserSchema } from "../gen/trunkline/examples/users/v1/user_pb.js";
import { checkUser } from "./user-rules.js";

const good = { name: "Ada Lovelace", email: "ada@example.com", age: 36 };

function check(changes: MessageInitShape<typeof UserSchema>): string[] {
  const user = create(UserSchema, { ...good, ...changes } as typeof good);
  return checkUser(user, "user.").map((it) => `${it.field} ${it.description}`);
}

function entries(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));
}

describe("checkUser accepts", () => {
  it.each<MessageInitShape<typeof UserSchema>>([
    {},
    { name: "李" },
    { name: "😀".repeat(100) },
    { age: 0 },
    { age: 150 },
    { roles: ["admin", "a", "x-1_y"] },
    { email: "a.b+c@sub.example.co" },
    { email: "ü@bücher.example" },
    { profile: { bio: "two\nlines\tand a tab", avatarUrl: "https://example.com/a.png?x=1" } },
    { metadata: entries(32) },
    { metadata: { "a.b-c_d": "" } },
    { status: 2 },
  ])("%o", (changes) => {
    expect(check(changes)).toEqual([]);
  });
});

const ageProblem = "user.age must be greater than or equal to 0 and less than or equal to 150";

describe("checkUser refuses", () => {
  it.each<[MessageInitShape<typeof UserSchema>, string]>([
    [{ name: "" }, "user.name is required"],
    [{ name: " \u00a0" }, "user.name is required"],
    [{ name: "x".repeat(101) }, "user.name must be at most 100 characters"],
    [{ name: "a\nb" }, "user.name has a control character"],
    [{ name: "a\0" }, "user.name has a control character"],
    [{ email: "" }, "user.email value is required"],
    [{ age: -1 }, ageProblem],
    [{ age: 151 }, ageProblem],
    [{ roles: ["Admin"] }, "user.roles[0] does not match regex pattern `^[a-z][a-z0-9_-]{0,31}$`"],
    [{ roles: ["a", ""] }, "user.roles[1] does not match regex pattern `^[a-z][a-z0-9_-]{0,31}$`"],
    [{ roles: ["a", "b", "a"] }, "user.roles repeated value must contain unique items"],
    [
      { roles: Array.from({ length: 17 }, (_, index) => `r${index}`) },
      "user.roles must contain no more than 16 item(s)",
    ],
    [{ status: 9 as never }, "user.status value must be one of the defined enum values"],
    [{ status: 4 as never }, "user.status value must be one of the defined enum values"],
    [{ profile: { bio: "x".repeat(2001) } }, "user.profile.bio must be at most 2000 characters"],
    [
      { profile: { bio: "a\u0007" } },
      "user.profile.bio has a control character other than tab and line feed",
    ],
    [
      { profile: { avatarUrl: "javascript:alert(1)" } },
      "user.profile.avatar_url is not an http or https URL",
    ],
    [{ profile: { avatarUrl: "https:" } }, "user.profile.avatar_url is not an http or https URL"],
    [{ metadata: entries(33) }, "user.metadata map must be at most 32 entries"],
    [
      { metadata: { Team: "x" } },
      'user.metadata["Team"] does not match regex pattern `^[a-z][a-z0-9_.-]{0,62}$`',
    ],
    [
      { metadata: { team: "x".repeat(1025) } },
      'user.metadata["team"] must be at most 1024 characters',
    ],
  ])("%o", (changes, problem) => {
    expect(check(changes)).toEqual([problem]);
  });

  it.each([
    "plain",
    "@example.com",
    "a@",
    "a@localhost",
    "a@b..c",
    "a@-b.c",
    "a b@example.com",
    "a@b@example.com",
    ".a@example.com",
    "a..b@example.com",
    "a@example.com ",
    "a@example.com\n",
    `${"x".repeat(65)}@example.com`,
  ])("the email %j", (email) => {
    expect(check({ email })).toEqual([expect.stringContaining("user.email ")]);
  });

  it("everything at once, field by field", () => {
    expect(check({ name: "", email: "x", age: -1, roles: [""] })).toHaveLength(4);
  });
});
