// Whatever is put in comes out again, in order and no more than once.
import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteBacklog } from "./byte-backlog.js";

test("tiny pieces come out together, large ones as they were", () => {
  const backlog = new ByteBacklog();
  for (let i = 0; i < 10; i++) backlog.push(Uint8Array.of(i));
  const large = new Uint8Array(5000).fill(7);
  backlog.push(large);
  expect(backlog.take()).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  expect(backlog.take()).toEqual(large);
  expect(backlog.isEmpty).toBe(true);
  expect(backlog.take()).toBeUndefined();
});

test("what is kept is a copy", () => {
  const backlog = new ByteBacklog();
  const [small, large] = [new Uint8Array(3), new Uint8Array(5000)];
  backlog.push(small);
  backlog.push(large);
  small.fill(9);
  large.fill(9);
  expect(backlog.take()).toEqual(new Uint8Array(3));
  expect(backlog.take()).toEqual(new Uint8Array(5000));
});

test("any mixture of pushes and takes keeps the bytes in order", () => {
  const step = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 4000, maxLength: 5000 }),
    fc.constant("take" as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const backlog = new ByteBacklog();
      const [pushed, taken]: [Uint8Array[], Uint8Array[]] = [[], []];
      for (const one of steps) {
        if (one === "take") taken.push(backlog.take() ?? new Uint8Array(0));
        else {
          backlog.push(one);
          pushed.push(one);
        }
      }
      while (!backlog.isEmpty) taken.push(backlog.take()!);
      expect(Buffer.compare(Buffer.concat(taken), Buffer.concat(pushed))).toBe(0);
    }),
    { numRuns: 100 },
  );
});
