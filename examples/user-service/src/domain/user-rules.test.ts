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

describe("checkUser refuses", () => {
  it.each<[MessageInitShape<typeof UserSchema>, string]>([
    [{ name: "" }, "user.name is required"],
    [{ name: " \u00a0" }, "user.name is required"],
    [{ name: "x".repeat(101) }, "user.name has 101 characters; 1 to 100 are allowed"],
    [{ name: "a\nb" }, "user.name has a control character"],
    [{ name: "a\0" }, "user.name has a control character"],
    [{ email: "" }, "user.email is required"],
    [{ age: -1 }, "user.age -1 is not within 0 to 150"],
    [{ age: 151 }, "user.age 151 is not within 0 to 150"],
    [{ roles: ["Admin"] }, "user.roles[0] is not a letter a-z and up to 31 of a-z, 0-9, _ and -"],
    [{ roles: ["a", ""] }, "user.roles[1] is not a letter a-z and up to 31 of a-z, 0-9, _ and -"],
    [{ roles: ["a", "b", "a"] }, 'user.roles[2] repeats "a"'],
    [
      { roles: Array.from({ length: 17 }, (_, index) => `r${index}`) },
      "user.roles has 17 entries; at most 16 are allowed",
    ],
    [{ status: 9 as never }, "user.status 9 is no value of UserStatus"],
    [{ status: 4 as never }, "user.status 4 is no value of UserStatus"],
    [
      { profile: { bio: "x".repeat(2001) } },
      "user.profile.bio has 2001 characters; 0 to 2000 are allowed",
    ],
    [
      { profile: { bio: "a\u0007" } },
      "user.profile.bio has a control character other than tab and line feed",
    ],
    [
      { profile: { avatarUrl: "javascript:alert(1)" } },
      "user.profile.avatar_url is not an http or https URL",
    ],
    [{ profile: { avatarUrl: "https:" } }, "user.profile.avatar_url is not an http or https URL"],
    [{ metadata: entries(33) }, "user.metadata has 33 entries; at most 32 are allowed"],
    [
      { metadata: { Team: "x" } },
      'user.metadata the key "Team" is not a letter a-z and up to 62 of a-z, 0-9, _, - and .',
    ],
    [
      { metadata: { team: "x".repeat(1025) } },
      "user.metadata.team has 1025 characters; 0 to 1024 are allowed",
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
