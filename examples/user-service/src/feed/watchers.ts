// The calls of WatchUsers on this server, and which users each of them watches.

import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, RpcError } from "@trunkline/core";
import { Mailbox } from "../domain/mailbox.js";
import {
  UserEventType,
  type WatchUsersResponse,
  WatchUsersResponseSchema,
} from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import type { EventLog, LoggedEvent } from "../storage/event-log.js";
import { fromUserRow, type UserRow } from "../storage/user-rows.js";
import type { FeedListener } from "./event-feed.js";

const maxWaitingEvents = 1000;

const types: Readonly<Record<string, UserEventType>> = {
  created: UserEventType.CREATED,
  updated: UserEventType.UPDATED,
  deleted: UserEventType.DELETED,
};

/** All watchers of this server. */
export class Watchers implements FeedListener {
  readonly #log: EventLog;
  readonly #open = new Set<Watcher>();
  #stopReason: RpcError | undefined;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** A new watcher, which watches nobody yet. It must be closed. */
  open(): Watcher {
    const watcher = new Watcher(this.#log, () => this.#open.delete(watcher));
    this.#open.add(watcher);
    if (this.#stopReason !== undefined) watcher.mailbox.fail(this.#stopReason);
    return watcher;
  }

  received(event: LoggedEvent): void {
    const interested = [...this.#open].filter((it) => it.isWatching(event));
    if (interested.length === 0) return;
    const response = toResponse(event);
    for (const watcher of interested) watcher.deliver(response);
  }

  crowded(count: number): Mailbox<unknown>[] {
    return [...this.#open].map((it) => it.mailbox).filter((it) => it.room < count);
  }

  missed(): void {
    const reason = "the server had no database for so long that changes may have been missed";
    this.#failAll(new RpcError(Code.UNAVAILABLE, reason));
  }

  /** Ends all calls, also those to come: the server stops. */
  stop(): void {
    this.#stopReason = new RpcError(Code.UNAVAILABLE, "the server is stopping");
    this.#failAll(this.#stopReason);
  }

  #failAll(reason: RpcError): void {
    for (const watcher of this.#open) watcher.mailbox.fail(reason);
  }
}

/** One call of WatchUsers. */
export class Watcher {
  /** What the client is to get. */
  readonly mailbox: Mailbox<WatchUsersResponse> = new Mailbox(maxWaitingEvents);
  readonly #log: EventLog;
  readonly #closed: () => void;
  // Behind which event a user is watched: what happened before the set arrived is not told, even if
  // this server has not read it yet.
  #sinceById: ReadonlyMap<string, number> = new Map();
  #sinceForAll = Number.POSITIVE_INFINITY;

  constructor(log: EventLog, closed: () => void) {
    this.#log = log;
    this.#closed = closed;
  }

  /** Watches these users instead of the present ones; none stands for all. */
  async watch(userIds: readonly string[]): Promise<void> {
    const now = await this.#log.lastSequence();
    const known = this.#sinceById;
    const forAll = Math.min(this.#sinceForAll, now);
    this.#sinceForAll = userIds.length === 0 ? forAll : Number.POSITIVE_INFINITY;
    // When all are watched from now on, those watched before have been for longer.
    this.#sinceById =
      userIds.length === 0 ? known : new Map(userIds.map((id) => [id, known.get(id) ?? forAll]));
  }

  isWatching(event: LoggedEvent): boolean {
    const since = this.#sinceById.get(event.subject) ?? Number.POSITIVE_INFINITY;
    return event.sequence > Math.min(since, this.#sinceForAll);
  }

  deliver(response: WatchUsersResponse): void {
    if (this.mailbox.put(response)) return;
    const reason = `${maxWaitingEvents} events wait for this watcher to read them`;
    this.mailbox.fail(new RpcError(Code.RESOURCE_EXHAUSTED, reason));
  }

  close(): void {
    this.mailbox.end();
    this.#closed();
  }
}

function toResponse(event: LoggedEvent): WatchUsersResponse {
  return create(WatchUsersResponseSchema, {
    type: types[event.kind] ?? UserEventType.UNSPECIFIED,
    userId: event.subject,
    user: fromUserRow(event.body as UserRow),
    occurredAt: timestampFromDate(event.occurredAt),
    sequence: BigInt(event.sequence),
  });
}
