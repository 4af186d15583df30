// End to end: watching users change.
import { describe, expect, it } from "vitest";
import { UserEventType } from "../../src/gen/trunkline/examples/users/v1/user_service_pb.js";
import { createSome, failureOf, fieldsOf, readSome, type TestServer } from "../test-service.js";

/** The tests; `other` is a second server on the same database. */
export function describeWatching(server: () => TestServer, other: () => TestServer): void {
  describe("WatchUsers", () => {
    it("tells what happens to the users in the set, on any server, in order", async () => {
      const watched = await createSome(server());
      const ignored = await createSome(server());
      await using watch = server().users.watchUsers.open();
      await watch.send({ userIds: [watched.id, "nobody-yet"] });
      await watch.headers;
      await other().users.updateUser({ user: { id: watched.id, name: "One" } });
      await server().users.updateUser({ user: { id: ignored.id, name: "x" } });
      await server().users.updateUser({ user: { id: watched.id, name: "Two" } });
      await other().users.deleteUser({ id: watched.id });
      const events = await readSome(watch.messages, 3);
      expect(events.map((it) => [it.type, it.userId, it.user!.name])).toEqual([
        [UserEventType.UPDATED, watched.id, "One"],
        [UserEventType.UPDATED, watched.id, "Two"],
        [UserEventType.DELETED, watched.id, "Two"],
      ]);
      const sequences = events.map((it) => it.sequence);
      expect(sequences).toEqual([...sequences].sort((a, b) => Number(a - b)));
      expect(events[0]!.occurredAt).toBeDefined();
    });

    it("tells of all users when the set is empty, and of the user as it was made", async () => {
      await using watch = server().users.watchUsers.open();
      await watch.send({});
      await watch.headers;
      const user = await createSome(other(), { age: 3, metadata: { a: "b" }, roles: ["x"] });
      const [event] = await readSome(watch.messages, 1);
      expect(event).toMatchObject({ type: UserEventType.CREATED, userId: user.id, user });
    });

    it("replaces the set by the next one, without a gap for those in both", async () => {
      const [a, b, c] = [
        await createSome(server()),
        await createSome(server()),
        await createSome(server()),
      ];
      await using watch = server().users.watchUsers.open();
      await watch.send({ userIds: [a.id, b.id] });
      await watch.headers;
      await watch.send({ userIds: [b.id, c.id] });
      // A later set is not acknowledged. It is in force when the first event of c arrives, and until
      // then no event of b may be missing.
      let sawC = false;
      for (let round = 0; !sawC; round++) {
        await server().users.updateUser({ user: { id: c.id, name: `C${round}` } });
        await server().users.updateUser({ user: { id: b.id, name: `B${round}` } });
        const [event] = await readSome(watch.messages, 1);
        sawC = event!.userId === c.id;
        const [next] = sawC ? await readSome(watch.messages, 1) : [event];
        expect(next!.user!.name).toBe(`B${round}`);
      }
      await server().users.updateUser({ user: { id: a.id, name: "not watched" } });
      await server().users.updateUser({ user: { id: c.id, name: "end" } });
      expect((await readSome(watch.messages, 1))[0]!.user!.name).toBe("end");
    });

    it("goes on when the client has ended its side", async () => {
      const user = await createSome(server());
      await using watch = server().users.watchUsers.open();
      await watch.send({ userIds: [user.id] });
      watch.closeSend();
      await watch.headers;
      await server().users.updateUser({ user: { id: user.id, name: "New" } });
      expect((await readSome(watch.messages, 1))[0]!.user!.name).toBe("New");
    });

    it("tells nothing that happened before", async () => {
      const user = await createSome(server());
      await server().users.updateUser({ user: { id: user.id, name: "Before" } });
      await using watch = server().users.watchUsers.open();
      await watch.send({});
      await watch.headers;
      await server().users.updateUser({ user: { id: user.id, name: "After" } });
      expect((await readSome(watch.messages, 1))[0]!.user!.name).toBe("After");
    });

    it("refuses a call without a set, and sets that are malformed", async () => {
      expect(fieldsOf(await failureOf(server().users.watchUsers([])))).toEqual({
        code: "INVALID_ARGUMENT",
        fields: ["user_ids"],
      });
      const malformed = await failureOf(server().users.watchUsers([{ userIds: ["a", ""] }]));
      expect(fieldsOf(malformed).fields).toEqual(["user_ids[1]"]);
      const many = Array.from({ length: 1001 }, (_, index) => `${index}`);
      const tooMany = await failureOf(server().users.watchUsers([{ userIds: many }]));
      expect(fieldsOf(tooMany).fields).toEqual(["user_ids"]);
    });

    it("ends a watcher who does not read, and no other", async () => {
      const { id } = await createSome(server());
      await using lazy = server().users.watchUsers.open();
      await lazy.send({ userIds: [id] });
      await lazy.headers;
      await using keen = server().users.watchUsers.open();
      await keen.send({ userIds: [id] });
      await keen.headers;
      const seen = readSome(keen.messages, 1200);
      const updateMask = { paths: ["metadata"] };
      const update = (metadata: Record<string, string>): Promise<unknown> =>
        server().users.updateUser({ user: { id, metadata }, updateMask });
      // Wide events fill the windows of the stream first, narrow ones then the mailbox of the watcher.
      const wide = Object.fromEntries(
        Array.from({ length: 30 }, (_, index) => [`k${index}`, "y".repeat(1000)]),
      );
      for (let count = 0; count < 100; count++) await update(wide);
      for (let count = 0; count < 1100; count += 100) {
        await Promise.all(Array.from({ length: 100 }, () => update({})));
      }
      // Behind the last event for the one, the other has been dealt with as well.
      await seen;
      const error = await failureOf(lazy.messages);
      expect(error.message).toContain("1000 events wait");
      expect(error.code).toBe(8);
    }, 60_000);
  });
}
