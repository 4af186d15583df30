// Where a stream is cut: at the size of a batch, at its pauses and at its end.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { inBatches } from "./batches.js";

const options = { most: 3, pauseMs: 10 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

it("fills batches from what is there, and hands on the rest at the end", async () => {
  const source = (async function* () {
    yield* [1, 2, 3, 4];
  })();
  const batches: number[][] = [];
  for await (const batch of inBatches(source, options)) batches.push(batch);
  expect(batches).toEqual([[1, 2, 3], [4]]);
});

it("hands on what has come when the stream pauses, and goes on after that", async () => {
  let proceed = (): void => {};
  const source = (async function* () {
    yield* [1, 2];
    await new Promise<void>((resolve) => {
      proceed = resolve;
    });
    yield 3;
  })();
  const batches = inBatches(source, options);
  const first = batches.next();
  await vi.advanceTimersByTimeAsync(10);
  expect((await first).value).toEqual([1, 2]);
  proceed();
  expect((await batches.next()).value).toEqual([3]);
  expect((await batches.next()).done).toBe(true);
});

it("passes a failure on, and closes the stream when it is left early", async () => {
  let isClosed = false;
  const failing = (async function* () {
    try {
      yield* [1, 2, 3];
      throw new Error("broken");
    } finally {
      isClosed = true;
    }
  })();
  const batches = inBatches(failing, options);
  expect((await batches.next()).value).toEqual([1, 2, 3]);
  await expect(batches.next()).rejects.toThrow("broken");
  expect(isClosed).toBe(true);
  const endless = (function* () {
    for (;;) yield 1;
  })();
  const source = { [Symbol.asyncIterator]: () => wrap(endless) };
  for await (const batch of inBatches(source, options)) {
    expect(batch).toEqual([1, 1, 1]);
    break;
  }
  expect(endless.next().done).toBe(true);
});

function wrap<T>(iterator: Iterator<T>): AsyncIterator<T> {
  return {
    next: async () => iterator.next(),
    return: async () => iterator.return?.() ?? { done: true, value: undefined },
  };
}
