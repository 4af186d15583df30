// Few pieces of work at a time, in order, and none that nobody wants any more.
import { expect, test } from "vitest";
import { maxOffloaded, type OffloadedWork, offload } from "./offload.js";

class Work implements OffloadedWork {
  readonly group: object;
  isStopped = false;
  hasBegun = false;
  done: () => void = () => {};

  constructor(group: object) {
    this.group = group;
  }

  begin(): Promise<void> {
    this.hasBegun = true;
    return new Promise((resolve) => {
      this.done = resolve;
    });
  }
}

const one = {};

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("the rest waits for its turn, and is dropped when it is stopped", async () => {
  const works = Array.from({ length: maxOffloaded + 4 }, () => new Work(one));
  for (const work of works) offload(work);
  const begun = (): number => works.filter(({ hasBegun }) => hasBegun).length;
  expect(begun()).toBe(maxOffloaded);
  works[maxOffloaded]!.isStopped = true;
  works[0]!.done();
  await turn();
  expect(works[maxOffloaded]!.hasBegun).toBe(false);
  expect(works[maxOffloaded + 1]!.hasBegun).toBe(true);
  expect(begun()).toBe(maxOffloaded + 1);
  for (let round = 0; round < 4; round++) {
    for (const work of works) work.done();
    await turn();
  }
  expect(begun()).toBe(works.length - 1);
});

test("hundreds that wait are all begun", async () => {
  const works = Array.from({ length: 300 }, () => new Work(one));
  for (const work of works) offload(work);
  for (let round = 0; round < 300 / maxOffloaded + 1; round++) {
    for (const work of works) work.done();
    await turn();
  }
  expect(works.every(({ hasBegun }) => hasBegun)).toBe(true);
});

test("groups take turns, however much one of them wants", async () => {
  const busy = Array.from({ length: maxOffloaded + 50 }, () => new Work(one));
  for (const work of busy) offload(work);
  const other = {};
  const late = Array.from({ length: 2 }, () => new Work(other));
  for (const work of late) offload(work);
  busy[0]!.done();
  busy[1]!.done();
  await turn();
  expect(late.map(({ hasBegun }) => hasBegun)).toEqual([true, false]);
  late[0]!.done();
  busy[2]!.done();
  await turn();
  expect(late[1]!.hasBegun).toBe(true);
  for (let round = 0; round < 60; round++) {
    for (const work of [...busy, ...late]) work.done();
    await turn();
  }
  expect(busy.every(({ hasBegun }) => hasBegun)).toBe(true);
});
