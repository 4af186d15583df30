// End to end: creating many users in one call.
import { describe, expect, it } from "vitest";
import { createSome, failureOf, someUser, type TestServer } from "../test-service.js";

/** The tests, on the server that `server` returns. */
export function describeBulk(server: () => TestServer): void {
  describe("BulkCreateUsers", () => {
    it("creates what is sound and says what is not", async () => {
      const { email } = await createSome(server());
      const twin = someUser();
      const users = [
        someUser(),
        { name: "", email: "nobody" },
        someUser({ email }),
        twin,
        { ...twin, name: "Later" },
        undefined,
        someUser(),
      ];
      const summary = await server().users.bulkCreateUsers(
        users.map((user) => (user ? { user } : {})),
      );
      expect(summary).toMatchObject({ receivedCount: 7, createdCount: 3, failedCount: 4 });
      expect(summary.created.map((it) => it.index)).toEqual([0, 3, 6]);
      expect(summary.errors.map((it) => `${it.index} ${it.code} ${it.codeName}`)).toEqual([
        "1 3 INVALID_ARGUMENT",
        "2 6 ALREADY_EXISTS",
        "4 6 ALREADY_EXISTS",
        "5 3 INVALID_ARGUMENT",
      ]);
      expect(summary.errors[0]!.violations.map((it) => it.field)).toEqual([
        "user.name",
        "user.email",
      ]);
      const { user } = await server().users.getUser({ id: summary.created[1]!.id });
      expect(user).toMatchObject(twin);
    });

    it("creates several batches", async () => {
      const users = Array.from({ length: 250 }, () => ({ user: someUser() }));
      const summary = await server().users.bulkCreateUsers(users);
      expect(summary).toMatchObject({ receivedCount: 250, createdCount: 250, failedCount: 0 });
    });

    it("creates what has come when the client pauses, and goes on when it goes on", async () => {
      const users = Array.from({ length: 20 }, () => someUser());
      await using call = server().users.bulkCreateUsers.open();
      for (const user of users) await call.send({ user });
      const present = async (): Promise<number> => {
        let count = 0;
        const filter = `email = "${users[19]!.email}"`;
        for await (const { item } of server().users.listUsers({ filter })) {
          if (item.case === "user") count++;
        }
        return count;
      };
      await expect.poll(present, { timeout: 10_000 }).toBe(1);
      await call.send({ user: someUser() });
      call.closeSend();
      expect(await call.response).toMatchObject({ receivedCount: 21, createdCount: 21 });
    });

    it("has nothing to do for an empty stream", async () => {
      const summary = await server().users.bulkCreateUsers([]);
      expect(summary).toMatchObject({ receivedCount: 0, createdCount: 0, failedCount: 0 });
    });

    it("refuses more than it can account for", async () => {
      const users = Array.from({ length: 10_001 }, () => ({ user: { name: "" } }));
      const error = await failureOf(server().users.bulkCreateUsers(users));
      expect(error.message).toContain("more than 10000 users in one call");
      expect(error.code).toBe(8);
    });

    it("tells of at most 1,000 errors", async () => {
      const users = Array.from({ length: 1500 }, () => ({ user: { name: "" } }));
      const summary = await server().users.bulkCreateUsers(users);
      expect(summary.failedCount).toBe(1500);
      expect(summary.errors).toHaveLength(1000);
    });
  });
}
