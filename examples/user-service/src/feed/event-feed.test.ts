// Tests of following the log: every event once, in order, whatever the notifications do.
import { expect, it } from "vitest";
import { Mailbox } from "../domain/mailbox.js";
import type { EventLog, LoggedEvent } from "../storage/event-log.js";
import { EventFeed, feedBatchSize } from "./event-feed.js";

class FakeLog {
  events: LoggedEvent[] = [];
  purged = 0;
  reads = 0;

  add(count: number, topic = "user"): void {
    for (let index = 0; index < count; index++) {
      const sequence = (this.events.at(-1)?.sequence ?? 0) + 2;
      const event = { sequence, topic, kind: "k", subject: "s", body: {}, occurredAt: new Date(0) };
      this.events.push(event);
    }
  }

  async lastSequence(): Promise<number> {
    return this.events.at(-1)?.sequence ?? 0;
  }

  async readAfter(sequence: number, limit: number): Promise<LoggedEvent[]> {
    this.reads += 1;
    return this.events.filter((it) => it.sequence > sequence).slice(0, limit);
  }

  async purgedSequence(): Promise<number> {
    return this.purged;
  }
}

function follow(log: FakeLog): { feed: EventFeed; heard: (number | string)[] } {
  const heard: (number | string)[] = [];
  const listener = {
    received: (event: LoggedEvent) => heard.push(event.sequence),
    missed: () => heard.push("missed"),
    crowded: () => [],
  };
  const feed = new EventFeed(log as unknown as EventLog, new Map([["user", listener]]));
  return { feed, heard };
}

it("begins behind what is there, and hands on what comes, once", async () => {
  const log = new FakeLog();
  log.add(3);
  const { feed, heard } = follow(log);
  await feed.start();
  log.add(2);
  feed.wake();
  feed.wake();
  await feed.close();
  expect(heard).toEqual([8, 10]);
});

it("reads again when it is woken while it reads", async () => {
  const log = new FakeLog();
  const { feed, heard } = follow(log);
  await feed.start();
  feed.wake();
  log.add(1);
  feed.wake();
  await expect.poll(() => heard).toEqual([2]);
  await feed.close();
});

it("reads on until nothing is left, however much there is", async () => {
  const log = new FakeLog();
  const { feed, heard } = follow(log);
  await feed.start();
  log.add(1200);
  feed.wake();
  await expect.poll(() => heard.length).toBe(1200);
  await feed.close();
});

it("leaves out the topics that nobody wants", async () => {
  const log = new FakeLog();
  const { feed, heard } = follow(log);
  await feed.start();
  log.add(2, "other");
  log.add(1);
  feed.wake();
  await feed.close();
  expect(heard).toEqual([6]);
});

it("says when events were thrown away before it read them", async () => {
  const log = new FakeLog();
  const { feed, heard } = follow(log);
  await feed.start();
  log.add(3);
  log.purged = 4;
  feed.wake();
  await feed.close();
  expect(heard).toEqual(["missed", 6]);
});

it("takes nothing for missed that it has read, or that was no event", async () => {
  const log = new FakeLog();
  const { feed, heard } = follow(log);
  log.add(3);
  await feed.start();
  log.purged = 6;
  feed.wake();
  await feed.close();
  expect(heard).toEqual([]);
});

it("reads no more once it is closed", async () => {
  const log = new FakeLog();
  const { feed } = follow(log);
  await feed.start();
  await feed.close();
  feed.wake();
  expect(log.reads).toBe(0);
});

/** A feed whose one listener puts all events into these mailboxes; `read` stands for time that passes. */
function followInto(log: FakeLog, mailboxes: readonly Mailbox<unknown>[], read: () => void) {
  const full: number[] = [];
  let pauses = 0;
  const listener = {
    received: (event: LoggedEvent) => {
      for (const [at, it] of mailboxes.entries()) if (!it.put(event)) full.push(at);
    },
    missed: () => {},
    crowded: (count: number) => mailboxes.filter((it) => it.room < count),
  };
  const pause = async () => {
    pauses += 1;
    read();
  };
  const feed = new EventFeed(log as unknown as EventLog, new Map([["user", listener]]), pause);
  return { feed, full, pauses: () => pauses };
}

it("waits for a reader that reads, however slowly it does", async () => {
  const log = new FakeLog();
  const mailbox = new Mailbox<unknown>(256);
  let read = 0;
  const takeSome = () => {
    for (let count = 0; count < 7 && mailbox.room < 256; count++, read++) void mailbox.next();
  };
  const { feed, full } = followInto(log, [mailbox], takeSome);
  await feed.start();
  log.add(2000);
  feed.wake();
  await expect.poll(() => read).toBeGreaterThan(1700);
  await feed.close();
  expect(full).toEqual([]);
});

it("waits only once for a reader that does not read", async () => {
  const log = new FakeLog();
  const stuck = new Mailbox<unknown>(256);
  const { feed, pauses } = followInto(log, [stuck], () => {});
  await feed.start();
  log.add(200);
  feed.wake();
  await expect.poll(() => stuck.room).toBe(56);
  for (let round = 0; round < 5; round++) {
    log.add(1);
    feed.wake();
    await expect.poll(() => stuck.room).toBe(55 - round);
  }
  await feed.close();
  expect(pauses()).toBe(60);
});

it("hands on in one go what a reader has room for", () => {
  expect(feedBatchSize).toBeLessThanOrEqual(256 / 2);
});
