// Tests of the bounded queue of a streaming call.
import { expect, it } from "vitest";
import { Mailbox } from "./mailbox.js";

async function readAll<T>(mailbox: Mailbox<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of mailbox) items.push(item);
  return items;
}

it("hands over what was put, in order, and then ends", async () => {
  const mailbox = new Mailbox<number>(10);
  mailbox.put(1);
  mailbox.put(2);
  mailbox.end();
  mailbox.put(3);
  expect(await readAll(mailbox)).toEqual([1, 2]);
});

it("hands an item to a reader who waits", async () => {
  const mailbox = new Mailbox<number>(1);
  const next = mailbox.next();
  expect(mailbox.put(1)).toBe(true);
  expect(mailbox.put(2)).toBe(true);
  expect(await next).toEqual({ done: false, value: 1 });
});

it("says when it is full", () => {
  const mailbox = new Mailbox<number>(2);
  expect([mailbox.put(1), mailbox.put(2), mailbox.put(3)]).toEqual([true, true, false]);
});

it("drops what waits when it fails, and fails once", async () => {
  const mailbox = new Mailbox<number>(2);
  mailbox.put(1);
  mailbox.fail(new Error("too slow"));
  await expect(mailbox.next()).rejects.toThrow("too slow");
  expect(await mailbox.next()).toEqual({ done: true, value: undefined });
});

it("fails and ends a reader who waits", async () => {
  const failing = new Mailbox<number>(2);
  const next = failing.next();
  failing.fail(new Error("gone"));
  await expect(next).rejects.toThrow("gone");
  const ending = new Mailbox<number>(2);
  const last = ending.next();
  ending.end();
  expect((await last).done).toBe(true);
});
