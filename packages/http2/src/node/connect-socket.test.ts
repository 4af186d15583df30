// Where reads of a socket go: in their order, whenever somebody begins to want them.
import { expect, test } from "vitest";
import { SocketInlet } from "./connect-socket.js";

const turn = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve));

test("what was read before is handed over first, also when more comes within the same turn", async () => {
  const inlet = new SocketInlet();
  const shared = new Uint8Array(4);
  const read = (octet: number): boolean => inlet.read(1, shared.fill(octet));
  expect(read(1)).toBe(true);
  read(2);
  const received: number[] = [];
  inlet.attach((bytes) => received.push(...bytes));
  expect(received).toEqual([]);
  read(3);
  expect(received).toEqual([1, 2, 3]);
  await turn();
  read(4);
  expect(received).toEqual([1, 2, 3, 4]);
});
