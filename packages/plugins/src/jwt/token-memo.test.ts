// The memory of tokens: bounded, and those that are used stay.
import fc from "fast-check";
import { expect, it } from "vitest";
import { TokenMemo } from "./token-memo.js";

it("never has more than the limit, and always the last one", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.boolean())),
      (most, steps) => {
        const memo = new TokenMemo<number>(most);
        for (const [at, isAdded] of steps) {
          const known = memo.find(`t${at}`);
          expect([undefined, at]).toContain(known);
          if (isAdded) {
            memo.add(`t${at}`, at);
            expect(memo.find(`t${at}`)).toBe(at);
          }
          expect(memo.size).toBeLessThanOrEqual(most);
        }
      },
    ),
  );
});

it("keeps what is asked for now and then, and lets go of the rest", () => {
  const memo = new TokenMemo<string>(10);
  memo.add("used", "used");
  memo.add("unused", "unused");
  for (let at = 0; at < 100; at++) {
    memo.add(`t${at}`, "t");
    expect(memo.find("used")).toBe("used");
  }
  expect(memo.find("unused")).toBeUndefined();
});

it("is bounded by the length of its texts, too", () => {
  const memo = new TokenMemo<number>(1_000_000);
  const text = (at: number): string => `${"x".repeat(8192)}${String(at).padStart(16, "0")}`;
  for (let at = 0; at < 3000; at++) memo.add(text(at), at);
  expect(memo.size).toBeGreaterThan(1000);
  expect(memo.size).toBeLessThanOrEqual(2200);
  expect(memo.find(text(2999))).toBe(2999);
});

it("takes no text for another with the same end", () => {
  const memo = new TokenMemo<string>(10);
  const end = "e".repeat(16);
  memo.add(`a${end}`, "a");
  for (const other of [end, `b${end}`, `aa${end}`, `a${end}e`, ""]) {
    expect(memo.find(other)).toBeUndefined();
  }
  memo.add(`b${end}`, "b");
  expect([memo.find(`a${end}`), memo.find(`b${end}`)]).toEqual([undefined, "b"]);
  for (let at = 0; at < 5; at++) memo.add(`t${at}`, "t");
  expect([memo.find(`a${end}`), memo.find(`b${end}`)]).toEqual([undefined, "b"]);
});
