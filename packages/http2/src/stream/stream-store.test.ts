// Streams come and go in any order, ids collide, and each one is found as long as it is there.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Stream } from "./stream.js";
import { StreamStore } from "./stream-store.js";

const stream = (id: number): Stream => ({ id }) as Stream;

test("the oldest come first, whatever the ids", () => {
  const store = new StreamStore();
  for (const id of [33, 1, 65, 3]) store.add(stream(id));
  expect(store.values().map(({ id }) => id)).toEqual([1, 3, 33, 65]);
  expect(store.clear()).toHaveLength(4);
  expect(store.values()).toEqual([]);
  expect(store.get(1)).toBeUndefined();
});

test("what is not there is not removed", () => {
  const store = new StreamStore();
  store.add(stream(1));
  store.remove(stream(3));
  store.remove(stream(33));
  expect(store.get(1)?.id).toBe(1);
});

test("one that stands behind the gap of another is still found, also around the end of the table", () => {
  const store = new StreamStore();
  const [first, second, third] = [stream(31), stream(63), stream(95)];
  const atHome = stream(3);
  for (const one of [first, second, third, atHome]) store.add(one);
  store.remove(first);
  expect([store.get(63), store.get(95), store.get(3)]).toEqual([second, third, atHome]);
  store.remove(second);
  expect([store.get(95), store.get(3)]).toEqual([third, atHome]);
});

test("a thousand at once, and then none: room is made and given back", () => {
  const store = new StreamStore();
  const all = Array.from({ length: 1000 }, (_, i) => stream(2 * i + 1));
  for (const one of all) store.add(one);
  expect(all.every((one) => store.get(one.id) === one)).toBe(true);
  for (const one of all) store.remove(one);
  expect(store.values()).toEqual([]);
  store.add(stream(2001));
  expect(store.get(2001)?.id).toBe(2001);
});

test("any ids in any order behave as in a Map", () => {
  const step = fc.record({ id: fc.nat(60).map((n) => 2 * n + 1), adds: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const store = new StreamStore();
      const model = new Map<number, Stream>();
      for (const { id, adds } of steps) {
        const known = model.get(id);
        if (adds && known === undefined) {
          const added = stream(id);
          store.add(added);
          model.set(id, added);
        } else if (!adds && known !== undefined) {
          store.remove(known);
          model.delete(id);
        }
        expect(store.get(id)).toBe(model.get(id));
      }
      const sorted = [...model.values()].sort((a, b) => a.id - b.id);
      expect(store.values()).toEqual(sorted);
      for (const one of sorted) expect(store.get(one.id)).toBe(one);
    }),
  );
});
