// The chat rooms, as far as their participants are connected to this server.
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, RpcError } from "@trunkline/core";
import type { Mailbox } from "../domain/mailbox.js";
import {
  ChatJoinedSchema,
  ChatLeftSchema,
  type ChatResponse,
  ChatResponseSchema,
  ChatTextSchema,
} from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import type { EventLog, LoggedEvent } from "../storage/event-log.js";
import { type ChatBody, ChatSeat, type SeatHost } from "./chat-seat.js";
import type { FeedListener } from "./event-feed.js";

/**
 * All rooms. Everything said goes through the log of the database, so it reaches the participants on
 * all servers, and all of them in one order.
 */
export class ChatRooms implements FeedListener, SeatHost {
  readonly #log: EventLog;
  readonly #rooms = new Map<string, Set<ChatSeat>>();
  readonly #open = new Set<ChatSeat>();
  readonly #closing = new Set<Promise<void>>();
  #stopReason: RpcError | undefined;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** A seat for one call, in no room yet. To be given back to `close`. */
  open(): ChatSeat {
    const seat = new ChatSeat(this);
    this.#open.add(seat);
    if (this.#stopReason !== undefined) seat.mailbox.fail(this.#stopReason);
    return seat;
  }

  received(event: LoggedEvent): void {
    const seats = this.#rooms.get(event.subject);
    if (seats === undefined) return;
    const response = toResponse(event);
    for (const seat of [...seats]) seat.deliver(response);
  }

  crowded(count: number): Mailbox<unknown>[] {
    return [...this.#open].map((it) => it.mailbox).filter((it) => it.room < count);
  }

  missed(): void {
    const reason = "the server had no database for so long that messages may have been missed";
    this.#failAll(new RpcError(Code.UNAVAILABLE, reason));
  }

  /** Ends all calls, also those to come: the server stops. */
  stop(): void {
    this.#stopReason = new RpcError(Code.UNAVAILABLE, "the server is stopping");
    this.#failAll(this.#stopReason);
  }

  say(room: string, kind: string, body: ChatBody): Promise<void> {
    return this.#log.append("chat", kind, room, body);
  }

  enter(room: string, seat: ChatSeat): void {
    const seats = this.#rooms.get(room) ?? new Set();
    this.#rooms.set(room, seats.add(seat));
  }

  exit(room: string, seat: ChatSeat): void {
    const seats = this.#rooms.get(room);
    seats?.delete(seat);
    if (seats?.size === 0) this.#rooms.delete(room);
  }

  /** The call of this seat is over. */
  async close(seat: ChatSeat): Promise<void> {
    this.#open.delete(seat);
    const closing = seat.close().catch(() => {});
    this.#closing.add(closing);
    await closing;
    this.#closing.delete(closing);
  }

  /** Waits until those whose calls are over have said so. */
  async settle(): Promise<void> {
    await Promise.all(this.#closing);
  }

  #failAll(reason: RpcError): void {
    for (const seat of this.#open) seat.mailbox.fail(reason);
  }
}

function toResponse(event: LoggedEvent): ChatResponse {
  const { sender, senderId, text } = event.body as ChatBody;
  return create(ChatResponseSchema, {
    room: event.subject,
    sender,
    senderId,
    sentAt: timestampFromDate(event.occurredAt),
    event: toEvent(event.kind, text),
  });
}

function toEvent(kind: string, text: string): ChatResponse["event"] {
  if (kind === "joined") return { case: "joined", value: create(ChatJoinedSchema) };
  if (kind === "left") return { case: "left", value: create(ChatLeftSchema) };
  return { case: "text", value: create(ChatTextSchema, { text }) };
}
