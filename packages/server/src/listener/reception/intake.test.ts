// How many connections begin in a turn of the event loop, and that all of them do, in order.
import { expect, it } from "vitest";
import { Intake } from "./intake.js";

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("lets 32 begin in each turn, in the order in which they came", async () => {
  const intake = new Intake();
  const begun: number[] = [];
  const held: number[] = [];
  for (let id = 0; id < 70; id++) {
    intake.admit(
      () => begun.push(id),
      () => held.push(id),
    );
  }
  expect([begun.length, held.length]).toEqual([32, 38]);
  await nextTurn();
  expect(begun).toHaveLength(64);
  intake.admit(
    () => begun.push(70),
    () => held.push(70),
  );
  await nextTurn();
  await nextTurn();
  expect(begun).toEqual(Array.from({ length: 71 }, (_, id) => id));
  expect(held.at(-1)).toBe(70);
});

it("has room again in the turn after", async () => {
  const intake = new Intake();
  let count = 0;
  const begin = (): void => {
    count++;
  };
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 32; j++) intake.admit(begin, () => expect.unreachable());
    await nextTurn();
  }
  expect(count).toBe(96);
});
