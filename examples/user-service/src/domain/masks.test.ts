// Tests of read and update masks over users.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { type User, UserSchema } from "../gen/trunkline/examples/users/v1/user_pb.js";
import { applyReadMask, parseReadMask } from "./read-mask.js";
import { applyChanges, parseUpdateMask } from "./update-mask.js";

const stored = create(UserSchema, {
  id: "u1",
  name: "Ada",
  email: "ada@example.com",
  age: 36,
  roles: ["admin"],
  status: 1,
  profile: { displayName: "A", bio: "old" },
  metadata: { team: "x", floor: "2" },
  createdAt: { seconds: 1n },
});

function read(...paths: string[]): User {
  const { mask, violations } = parseReadMask(create(FieldMaskSchema, { paths }));
  expect(violations).toEqual([]);
  return applyReadMask(stored, mask);
}

function update(changes: MessageInitShape<typeof UserSchema>, ...paths: string[]): User {
  const user = create(UserSchema, changes);
  const parsed = parseUpdateMask(create(FieldMaskSchema, { paths }), user);
  expect(parsed.violations).toEqual([]);
  return applyChanges(stored, user, parsed.paths);
}

describe("a read mask", () => {
  it("lets everything through when it is absent, empty or *", () => {
    expect(applyReadMask(stored, parseReadMask(undefined).mask)).toEqual(stored);
    expect(read()).toEqual(stored);
    expect(read("*")).toEqual(stored);
  });

  it("lets only the named parts through", () => {
    expect(read("name", "profile.bio", "metadata.team", "metadata.none")).toEqual(
      create(UserSchema, { name: "Ada", profile: { bio: "old" }, metadata: { team: "x" } }),
    );
    expect(read("profile", "profile.bio")).toEqual(
      create(UserSchema, { profile: stored.profile! }),
    );
  });

  it("does not share parts with the user it was applied to", () => {
    read("metadata", "profile", "profile.bio").profile!.bio = "changed";
    expect(stored.profile!.bio).toBe("old");
  });

  it.each([
    "height",
    "Name",
    "createdAt",
    "profile.height",
    "name.first",
    "metadata.",
    "metadata.A",
    "",
    "profile.*",
    "__proto__",
  ])("may not name %j", (path) => {
    const { violations } = parseReadMask(create(FieldMaskSchema, { paths: ["name", path] }));
    expect(violations).toEqual([
      { field: "read_mask", description: `${JSON.stringify(path)} is not a path of User` },
    ]);
  });

  it("may not name * and something else", () => {
    const { violations } = parseReadMask(create(FieldMaskSchema, { paths: ["name", "*"] }));
    expect(violations).toEqual([{ field: "read_mask", description: '"*" must be the only path' }]);
  });
});

describe("an update mask", () => {
  it("changes the named parts and no other", () => {
    const user = update(
      { name: "Bo", age: 7, profile: { bio: "new", displayName: "Z" } },
      "name",
      "profile.bio",
    );
    expect(user).toEqual({
      ...stored,
      name: "Bo",
      profile: { ...stored.profile, bio: "new" },
    });
  });

  it("clears what is named and absent", () => {
    const user = update({}, "age", "roles", "profile", "metadata");
    expect(user).toMatchObject({
      age: 0,
      roles: [],
      metadata: {},
      profile: { displayName: "", bio: "" },
    });
  });

  it("sets and removes single entries of the metadata", () => {
    const user = update({ metadata: { team: "y", other: "z" } }, "metadata.team", "metadata.floor");
    expect(user.metadata).toEqual({ team: "y" });
  });

  it("replaces everything but what cannot be changed with *", () => {
    const user = update({ id: "u1", name: "Bo", email: "b@example.com" }, "*");
    expect(user).toEqual({
      ...create(UserSchema, { name: "Bo", email: "b@example.com", status: 1, profile: {} }),
      id: "u1",
      createdAt: stored.createdAt,
    });
  });

  it("stands for all that is not empty when it is empty", () => {
    const user = update({ id: "u1", age: 40, profile: { bio: "new" }, metadata: { other: "z" } });
    expect(user).toEqual({
      ...stored,
      age: 40,
      profile: { ...stored.profile, bio: "new" },
      metadata: { team: "x", floor: "2", other: "z" },
    });
  });

  it("takes a status that is not told for active", () => {
    expect(update({}, "status").status).toBe(1);
  });

  it("leaves the stored user alone", () => {
    update({ profile: { bio: "new" } }, "profile.bio", "metadata.team");
    expect(stored.profile!.bio).toBe("old");
    expect(stored.metadata).toHaveProperty("team");
  });

  it.each([
    ["id", '"id" cannot be changed'],
    ["created_at", '"created_at" cannot be changed'],
    ["updated_at", '"updated_at" cannot be changed'],
    ["height", '"height" is not a path of User'],
    ["profile.height", '"profile.height" is not a path of User'],
  ])("may not name %s", (path, description) => {
    const { violations } = parseUpdateMask(create(FieldMaskSchema, { paths: [path] }), stored);
    expect(violations).toEqual([{ field: "update_mask", description }]);
  });
});
