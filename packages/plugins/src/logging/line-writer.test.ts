// When lines are written: together at the end of the turn, at once when there are many, and when the process exits.
import { expect, test } from "vitest";
import { createLineWriter } from "./line-writer.js";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("the lines of a turn are one text, in order", async () => {
  const written: string[] = [];
  const writer = createLineWriter({ write: (text) => written.push(text) });
  writer.write("a\n");
  writer.write("b\n");
  expect(written).toEqual([]);
  await turn();
  writer.write("c\n");
  await turn();
  await turn();
  expect(written).toEqual(["a\nb\n", "c\n"]);
});

test("so much does not wait, and nothing is written twice", async () => {
  const written: string[] = [];
  const writer = createLineWriter({ write: (text) => written.push(text) });
  for (let line = 0; line < 70; line++) writer.write(`${"x".repeat(1023)}\n`);
  expect(written.map(({ length }) => length)).toEqual([65_536]);
  writer.flush();
  writer.flush();
  await turn();
  expect(written.map(({ length }) => length)).toEqual([65_536, 6 * 1024]);
});

test("the last lines are written when the process exits", () => {
  const written: string[] = [];
  createLineWriter({ write: (text) => written.push(text) }).write("last words\n");
  const flush = process.listeners("exit").at(-1)!;
  flush.call(process, 0);
  expect(written).toEqual(["last words\n"]);
});
