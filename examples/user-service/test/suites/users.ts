// End to end: creating, reading, changing and deleting single users.
import { describe, expect, it } from "vitest";
import { UserStatus } from "../../src/gen/trunkline/examples/users/v1/user_pb.js";
import {
  createSome,
  failureOf,
  fieldsOf,
  resourceOf,
  someUser,
  type TestServer,
  unique,
} from "../test-service.js";

const userType = "trunkline.examples.users.v1.User";

/** The tests, on the server that `server` returns. */
export function describeUsers(server: () => TestServer): void {
  describe("CreateUser", () => {
    it("returns the user as it is kept", async () => {
      const fields = someUser({
        age: 36,
        roles: ["admin", "b"],
        profile: { displayName: "Countess", bio: "two\nlines 'quoted' \\ \"and\" 😀" },
        metadata: { team: "engines", quote: 'O\'Hara "x" \\ {} $1' },
      });
      const { user } = await server().users.createUser({ user: fields });
      expect(user).toMatchObject({ ...fields, status: UserStatus.ACTIVE });
      expect(user!.createdAt).toEqual(user!.updatedAt);
      expect((await server().users.getUser({ id: user!.id })).user).toEqual(user);
    });

    it("ignores what only the service decides", async () => {
      const user = await createSome(server(), { id: "mine", createdAt: { seconds: 1n } });
      expect(user.id).not.toBe("mine");
      expect(user.createdAt!.seconds).toBeGreaterThan(1n);
    });

    it("names every field at fault", async () => {
      const user = { name: " ", email: "nobody", age: -1, roles: ["No"], metadata: { "A b": "" } };
      const error = await failureOf(server().users.createUser({ user }));
      expect(fieldsOf(error)).toEqual({
        code: "INVALID_ARGUMENT",
        fields: ["user.name", "user.email", "user.age", "user.roles[0]", 'user.metadata["A b"]'],
      });
      expect(error.message).toContain("user.name: is required; ");
    });

    it("wants a user", async () => {
      const error = await failureOf(server().users.createUser({}));
      expect(fieldsOf(error)).toEqual({ code: "INVALID_ARGUMENT", fields: ["user"] });
    });

    it("takes an email once, in whichever case", async () => {
      const { email } = await createSome(server());
      const again = email.toUpperCase();
      const error = await failureOf(
        server().users.createUser({ user: { name: "B", email: again } }),
      );
      expect(resourceOf(error)).toEqual({ code: "ALREADY_EXISTS", type: userType, name: again });
    });

    it("takes an email once from many who come at the same time", async () => {
      const user = someUser();
      const calls = Array.from({ length: 20 }, () => server().users.createUser({ user }));
      const results = await Promise.allSettled(calls);
      const reasons = results.flatMap((it) => (it.status === "rejected" ? [it.reason.code] : []));
      expect(reasons).toEqual(Array(19).fill(6));
    });
  });

  describe("GetUser", () => {
    it("returns what the mask names", async () => {
      const { id } = await createSome(server(), { age: 5, metadata: { a: "1", b: "2" } });
      const readMask = { paths: ["age", "metadata.b"] };
      const { user } = await server().users.getUser({ id, readMask });
      expect(user).toMatchObject({ id: "", name: "", age: 5, metadata: { b: "2" } });
    });

    it("refuses a mask with an unknown path, naming it", async () => {
      const readMask = { paths: ["name", "salary"] };
      const error = await failureOf(server().users.getUser({ id: "x", readMask }));
      expect(fieldsOf(error)).toEqual({ code: "INVALID_ARGUMENT", fields: ["read_mask"] });
      expect(error.message).toContain('"salary"');
    });

    it.each(["", "x".repeat(65), "a\0b"])("refuses the id %j", async (id) => {
      const error = await failureOf(server().users.getUser({ id }));
      expect(fieldsOf(error)).toEqual({ code: "INVALID_ARGUMENT", fields: ["id"] });
    });

    it.each(["7", "no-such-id", "' OR 1=1 --", "3fa85f64-5717-4562-b3fc-2c963f66afa6"])(
      "does not find %j",
      async (id) => {
        const error = await failureOf(server().users.getUser({ id }));
        expect(resourceOf(error)).toEqual({ code: "NOT_FOUND", type: userType, name: id });
      },
    );
  });

  describe("UpdateUser", () => {
    it("changes what the mask names, and the time", async () => {
      const before = await createSome(server(), {
        age: 5,
        profile: { bio: "old", location: "here" },
      });
      const { user } = await server().users.updateUser({
        user: { id: before.id, name: "ignored", profile: { bio: "new" } },
        updateMask: { paths: ["profile.bio", "age"] },
      });
      expect(user).toEqual({
        ...before,
        age: 0,
        profile: { ...before.profile, bio: "new" },
        updatedAt: user!.updatedAt,
      });
      expect((await server().users.getUser({ id: before.id })).user).toEqual(user);
    });

    it("changes what is not empty when there is no mask", async () => {
      const before = await createSome(server(), { metadata: { a: "1" } });
      const changes = { id: before.id, name: "New", metadata: { b: "2" } };
      const { user } = await server().users.updateUser({ user: changes });
      expect(user).toMatchObject({
        name: "New",
        email: before.email,
        metadata: { a: "1", b: "2" },
      });
    });

    it.each([
      ["id", "cannot be changed"],
      ["updated_at", "cannot be changed"],
      ["salary", "is not a path of User"],
      ["profile.salary", "is not a path of User"],
    ])("refuses the path %s", async (path, reason) => {
      const request = { user: { id: "x" }, updateMask: { paths: [path] } };
      const error = await failureOf(server().users.updateUser(request));
      expect(fieldsOf(error)).toEqual({ code: "INVALID_ARGUMENT", fields: ["update_mask"] });
      expect(error.message).toContain(`"${path}" ${reason}`);
    });

    it("refuses what would make the user malformed, and changes nothing", async () => {
      const before = await createSome(server());
      const request = { user: { id: before.id, age: 9 }, updateMask: { paths: ["name", "age"] } };
      const error = await failureOf(server().users.updateUser(request));
      expect(fieldsOf(error)).toEqual({ code: "INVALID_ARGUMENT", fields: ["user.name"] });
      expect((await server().users.getUser({ id: before.id })).user).toEqual(before);
    });

    it("refuses an email that another has, and lets a user respell its own", async () => {
      const [first, second] = [await createSome(server()), await createSome(server())];
      const taken = { id: second.id, email: first.email };
      expect(resourceOf(await failureOf(server().users.updateUser({ user: taken }))).code).toBe(
        "ALREADY_EXISTS",
      );
      const respelled = { id: second.id, email: second.email.toUpperCase() };
      const { user } = await server().users.updateUser({ user: respelled });
      expect(user!.email).toBe(respelled.email);
    });

    it("loses no change when many come at the same time", async () => {
      const { id } = await createSome(server());
      const keys = Array.from({ length: 10 }, (_, index) => `k${index}`);
      const updates = keys.map((key) =>
        server().users.updateUser({
          user: { id, metadata: { [key]: "x" } },
          updateMask: { paths: [`metadata.${key}`] },
        }),
      );
      await Promise.all(updates);
      const { user } = await server().users.getUser({ id });
      expect(Object.keys(user!.metadata).sort()).toEqual(keys);
    });

    it("does not find who is not there", async () => {
      const user = { id: unique("nobody"), name: "New" };
      expect(resourceOf(await failureOf(server().users.updateUser({ user })))).toEqual({
        code: "NOT_FOUND",
        type: userType,
        name: user.id,
      });
    });

    it("wants a user with an id", async () => {
      expect(fieldsOf(await failureOf(server().users.updateUser({}))).fields).toEqual(["user"]);
      const error = await failureOf(server().users.updateUser({ user: { name: "x" } }));
      expect(fieldsOf(error).fields).toEqual(["user.id"]);
    });
  });

  describe("DeleteUser", () => {
    it("deletes once, and frees the email", async () => {
      const { id, email } = await createSome(server());
      await server().users.deleteUser({ id });
      expect(resourceOf(await failureOf(server().users.deleteUser({ id }))).code).toBe("NOT_FOUND");
      expect(resourceOf(await failureOf(server().users.getUser({ id }))).code).toBe("NOT_FOUND");
      await server().users.createUser({ user: { name: "Next", email } });
    });

    it("wants an id", async () => {
      expect(fieldsOf(await failureOf(server().users.deleteUser({}))).fields).toEqual(["id"]);
    });
  });
}
