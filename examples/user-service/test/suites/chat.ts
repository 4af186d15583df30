// End to end: chat rooms.
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import type { ChatResponse } from "../../src/gen/trunkline/examples/users/v1/user_service_pb.js";
import {
  failureOf,
  fieldsOf,
  readAll,
  readSome,
  type TestServer,
  unique,
} from "../test-service.js";

function tell({ sender, event }: ChatResponse): string {
  return event.case === "text" ? `${sender}: ${event.value.text}` : `${sender} ${event.case}`;
}

type Participant = ReturnType<TestServer["users"]["chat"]["open"]>;

async function enter(server: TestServer, room: string, name: string): Promise<Participant> {
  const participant = server.users.chat.open();
  await participant.send({ action: { case: "join", value: { room, name } } });
  const [joined] = await readSome(participant.messages, 1);
  expect(tell(joined!)).toBe(`${name} joined`);
  return participant;
}

async function say(participant: Participant, text: string): Promise<void> {
  await participant.send({ action: { case: "text", value: { text } } });
}

/** The tests; `other` is a second server on the same database. */
export function describeChat(server: () => TestServer, other: () => TestServer): void {
  describe("Chat", () => {
    it("shows everyone everything in one order, on any server", async () => {
      const room = unique("room");
      await using ada = await enter(server(), room, "ada");
      await using bo = await enter(other(), room, "bo");
      await using cy = await enter(server(), room, "cy");
      await Promise.all([say(ada, "1"), say(bo, "2"), say(cy, "3"), say(ada, "4")]);
      const seenByAda = (await readSome(ada.messages, 6)).map(tell);
      const seenByBo = (await readSome(bo.messages, 5)).map(tell);
      const seenByCy = (await readSome(cy.messages, 4)).map(tell);
      expect(seenByAda.slice(0, 2)).toEqual(["bo joined", "cy joined"]);
      expect(seenByBo).toEqual(seenByAda.slice(1));
      expect(seenByCy).toEqual(seenByAda.slice(2));
      expect([...seenByCy].sort()).toEqual(["ada: 1", "ada: 4", "bo: 2", "cy: 3"]);
    });

    it("keeps rooms apart", async () => {
      const [one, two] = [unique("room"), unique("room")];
      await using ada = await enter(server(), one, "ada");
      await using bo = await enter(server(), two, "bo");
      await say(bo, "in two");
      await say(ada, "in one");
      expect((await readSome(ada.messages, 1)).map(tell)).toEqual(["ada: in one"]);
      expect((await readSome(bo.messages, 1))[0]).toMatchObject({ room: two, sender: "bo" });
    });

    it("tells the others apart by their ids, and when it happened", async () => {
      const room = unique("room");
      await using first = await enter(server(), room, "ada");
      await using second = await enter(server(), room, "ada");
      await say(second, "hi\nthere 😀");
      const [joined, text] = await readSome(first.messages, 2);
      expect(joined!.senderId).toBe(text!.senderId);
      expect(text!.event.value).toMatchObject({ text: "hi\nthere 😀" });
      expect(text!.sentAt).toBeDefined();
    });

    it("lets participants leave and enter another room", async () => {
      const [one, two] = [unique("room"), unique("room")];
      await using stays = await enter(server(), one, "stays");
      await using goes = await enter(server(), one, "goes");
      await goes.send({ action: { case: "leave", value: {} } });
      await goes.send({ action: { case: "join", value: { room: two, name: "gone" } } });
      expect((await readSome(goes.messages, 2)).map(tell)).toEqual(["goes left", "gone joined"]);
      await say(stays, "alone");
      expect((await readSome(stays.messages, 3)).map(tell)).toEqual([
        "goes joined",
        "goes left",
        "stays: alone",
      ]);
    });

    it("ends with the client's side, after everything said before has been shown", async () => {
      const room = unique("room");
      const actions = [
        { action: { case: "join" as const, value: { room, name: "ada" } } },
        { action: { case: "text" as const, value: { text: "bye" } } },
      ];
      const seen = await readAll(server().users.chat(actions));
      expect(seen.map(tell)).toEqual(["ada joined", "ada: bye", "ada left"]);
    });

    it("does not end a participant that reads when very much is said at once", async () => {
      const room = unique("room");
      await using ada = await enter(server(), room, "ada");
      const body = JSON.stringify({ sender: "x", senderId: "y", text: "hi".repeat(1000) });
      await sql`SELECT append_event('chat', 'text', ${room}, ${body}::jsonb) FROM generate_series(1, 2000)`.execute(
        server().database.sql,
      );
      const seen = await readSome(ada.messages, 2000);
      expect(seen.every((it) => tell(it).startsWith("x: hi"))).toBe(true);
    });

    it("tells the others when a participant is cut off", async () => {
      const room = unique("room");
      await using stays = await enter(server(), room, "stays");
      const cut = await enter(other(), room, "cut");
      cut.cancel();
      expect((await readSome(stays.messages, 2)).map(tell)).toEqual(["cut joined", "cut left"]);
    });

    it("refuses what makes no sense", async () => {
      const join = {
        action: { case: "join" as const, value: { room: unique("room"), name: "a" } },
      };
      const text = { action: { case: "text" as const, value: { text: "x" } } };
      const leave = { action: { case: "leave" as const, value: {} } };
      for (const actions of [[text], [leave], [join, join], [join, leave, text]]) {
        expect((await failureOf(server().users.chat(actions))).code).toBe(9);
      }
    });

    it.each([
      [{}, "action"],
      [{ action: { case: "join" as const, value: { room: "a b", name: "x" } } }, "join.room"],
      [{ action: { case: "join" as const, value: { room: "", name: "x" } } }, "join.room"],
      [{ action: { case: "join" as const, value: { room: "r", name: "" } } }, "join.name"],
      [{ action: { case: "text" as const, value: { text: "" } } }, "text.text"],
      [{ action: { case: "text" as const, value: { text: "x".repeat(4001) } } }, "text.text"],
    ])("refuses %o", async (action, field) => {
      const error = await failureOf(server().users.chat([action]));
      expect(fieldsOf(error)).toEqual({ code: "INVALID_ARGUMENT", fields: [field] });
    });
  });
}
