// Tests of one chat participant: what it is shown, and when it is refused.
import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import {
  type ChatResponse,
  ChatResponseSchema,
} from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import { type ChatBody, ChatSeat } from "./chat-seat.js";

let said: { kind: string; body: ChatBody }[] = [];
let seats = new Set<ChatSeat>();
const host = {
  async say(_: string, kind: string, body: ChatBody): Promise<void> {
    said.push({ kind, body });
  },
  enter: (_: string, seat: ChatSeat): unknown => seats.add(seat),
  exit: (_: string, seat: ChatSeat): unknown => seats.delete(seat),
} as ConstructorParameters<typeof ChatSeat>[0];

beforeEach(() => {
  said = [];
  seats = new Set();
});

function event(kind: "joined" | "left" | "text", senderId: string): ChatResponse {
  const value = kind === "text" ? { text: "x" } : {};
  return create(ChatResponseSchema, { senderId, event: { case: kind, value } as never });
}

async function enter(): Promise<{ seat: ChatSeat; id: string }> {
  const seat = new ChatSeat(host);
  await seat.join("room", "ada");
  const id = said.at(-1)!.body.senderId;
  seat.deliver(event("joined", id));
  return { seat, id };
}

describe("a participant", () => {
  it("is shown nothing before its own arrival", async () => {
    const seat = new ChatSeat(host);
    await seat.join("room", "ada");
    seat.deliver(event("text", "other"));
    seat.deliver(event("joined", said[0]!.body.senderId));
    const first = await seat.mailbox.next();
    expect(first.value!.event.case).toBe("joined");
    await seat.close();
  });

  it("is gone from the room when it has been shown its own departure", async () => {
    const { seat, id } = await enter();
    const finished = seat.finish();
    expect(seats.size).toBe(1);
    seat.deliver(event("text", "other"));
    seat.deliver(event("left", id));
    await finished;
    expect(seats.size).toBe(0);
    const shown = [];
    for await (const { event } of seat.mailbox) shown.push(event.case);
    expect(shown).toEqual(["joined", "text", "left"]);
  });

  it("says that it has left when its call is cut off, and only once", async () => {
    const { seat } = await enter();
    await seat.close();
    await seat.close();
    expect(said.map((it) => it.kind)).toEqual(["joined", "left"]);
    expect(seats.size).toBe(0);
  });

  it("says nothing when it is cut off outside", async () => {
    await new ChatSeat(host).close();
    expect(said).toEqual([]);
  });

  it("is not waited for when it reads too slowly", async () => {
    const { seat } = await enter();
    for (let count = 0; count < 300; count++) seat.deliver(event("text", "other"));
    await expect(seat.mailbox.next()).rejects.toMatchObject({
      code: 8,
      message: "256 events wait for this participant to read them",
    });
    await seat.close();
  });

  it("does things in their order only", async () => {
    const seat = new ChatSeat(host);
    await expect(seat.say("x")).rejects.toMatchObject({ code: 9 });
    await expect(seat.leave()).rejects.toMatchObject({ code: 9 });
    await seat.join("room", "ada");
    await expect(seat.join("room", "ada")).rejects.toThrow('leave the room "room" first');
    await seat.close();
  });
});
