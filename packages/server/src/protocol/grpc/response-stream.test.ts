// Pulling responses: order, back-pressure, and exactly one end whatever the iterator does.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResponseIterator } from "../../dispatch/response-iterable.js";
import { ResponseStream, type ResponseStreamOwner } from "./response-stream.js";

class Owner implements ResponseStreamOwner {
  readonly events: string[] = [];
  /** Responses that are taken before the client is full; refilled by the test. */
  room = Number.POSITIVE_INFINITY;

  sendResponse(value: unknown): boolean {
    if (value === "bad") throw new Error("cannot be sent");
    this.events.push(`sent ${value}`);
    this.room--;
    return this.room > 0;
  }

  responsesEnded(): void {
    this.events.push("ended");
  }

  fail(reason: unknown): void {
    this.events.push(`failed ${(reason as Error).message}`);
  }

  handlerSettled(): void {
    this.events.push("settled");
  }
}

/** All microtasks that are due, and those that they make. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function* generate(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i;
}

test("an array is sent at once, an async generator in its own time", async () => {
  const owner = new Owner();
  new ResponseStream(owner, [1, 2][Symbol.iterator]()).start();
  expect(owner.events).toEqual(["sent 1", "sent 2", "settled", "ended"]);
  const later = new Owner();
  new ResponseStream(later, generate(2)).start();
  expect(later.events).toEqual([]);
  await turn();
  expect(later.events).toEqual(["sent 0", "sent 1", "settled", "ended"]);
});

test("promises in a synchronous iterable are waited for", async () => {
  const owner = new Owner();
  new ResponseStream(owner, [Promise.resolve(1), 2][Symbol.iterator]()).start();
  await turn();
  expect(owner.events).toEqual(["sent 1", "sent 2", "settled", "ended"]);
});

test("nothing is pulled while the client takes nothing", async () => {
  const owner = new Owner();
  owner.room = 2;
  const stream = new ResponseStream(owner, generate(5));
  stream.start();
  await turn();
  expect(owner.events).toEqual(["sent 0", "sent 1"]);
  expect(stream.isBlocked).toBe(true);
  owner.room = 10;
  stream.writable();
  await turn();
  expect(owner.events.slice(2)).toEqual(["sent 2", "sent 3", "sent 4", "settled", "ended"]);
});

test("cancelling returns the generator, and nothing more is sent", async () => {
  const owner = new Owner();
  let returned = 0;
  const iterator: ResponseIterator = {
    next: () => new Promise(() => {}),
    return: () => {
      returned++;
      return Promise.reject(new Error("nobody hears this"));
    },
  };
  const stream = new ResponseStream(owner, iterator);
  stream.start();
  stream.cancel();
  stream.cancel();
  await turn();
  expect(returned).toBe(1);
  expect(owner.events).toEqual([]);
});

test("cancelling while blocked settles at once", () => {
  const owner = new Owner();
  owner.room = 1;
  const stream = new ResponseStream(owner, [1, 2, 3][Symbol.iterator]());
  stream.start();
  stream.cancel();
  stream.writable();
  expect(owner.events).toEqual(["sent 1", "settled"]);
});

const strange: [string, ResponseIterator, string][] = [
  [
    "throws",
    {
      next: () => {
        throw new Error("x");
      },
    },
    "failed x",
  ],
  ["rejects", { next: () => Promise.reject(new Error("x")) }, "failed x"],
  ["gives no result", { next: () => Promise.resolve(undefined as never) }, "failed Cannot read"],
  [
    "gives a value that cannot be sent",
    { next: () => ({ done: false, value: "bad" }) },
    "failed cannot",
  ],
  [
    "gives a promise that rejects",
    { next: () => ({ done: false, value: Promise.reject(new Error("x")) }) },
    "failed x",
  ],
];

test.each(strange)("an iterator that %s fails the call once", async (_name, iterator, expected) => {
  const owner = new Owner();
  new ResponseStream(owner, iterator).start();
  await turn();
  expect(owner.events).toHaveLength(2);
  expect(owner.events[0]).toBe("settled");
  expect(owner.events[1]).toContain(expected);
});

test("whatever happens when: in order, settled once, ended at most once", async () => {
  const step = fc.constantFrom("turn", "writable", "cancel", "room");
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      fc.nat(6),
      fc.boolean(),
      async (steps, count, isAsync) => {
        const owner = new Owner();
        owner.room = 2;
        const iterator = isAsync
          ? generate(count)
          : Array.from({ length: count }, (_, i) => i)[Symbol.iterator]();
        const stream = new ResponseStream(owner, iterator);
        stream.start();
        for (const action of steps) {
          if (action === "turn") await turn();
          else if (action === "room") owner.room = 2;
          else if (action === "writable") stream.writable();
          else stream.cancel();
        }
        stream.cancel();
        await turn();
        const { events } = owner;
        const sent = events.filter((event) => event.startsWith("sent"));
        expect(sent).toEqual(sent.map((_, i) => `sent ${i}`));
        expect(events.filter((event) => event === "settled")).toHaveLength(1);
        expect(events.filter((event) => event === "ended").length).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 200 },
  );
});
