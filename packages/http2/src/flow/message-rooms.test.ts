// Rooms for large messages: which are kept, which are not.
import { expect, test } from "vitest";
import {
  largestRoomBytes,
  lendRoom,
  maxKeptBytes,
  returnRoom,
  smallestRoomBytes,
} from "./message-rooms.js";

test.each([
  [1, smallestRoomBytes],
  [smallestRoomBytes, smallestRoomBytes],
  [smallestRoomBytes + 1, 2 * smallestRoomBytes],
  [1_048_576 + 9, 2_097_152],
  [largestRoomBytes, largestRoomBytes],
  [largestRoomBytes + 1, largestRoomBytes + 1],
])("room for %i bytes has %i", (wanted, given) => {
  expect(lendRoom(wanted).length).toBe(given);
});

test("a room comes back once, whole, from any part of it", () => {
  const room = lendRoom(300_000);
  returnRoom(room.subarray(5, 10));
  returnRoom(room);
  const again = lendRoom(300_000);
  expect(again.buffer).toBe(room.buffer);
  expect(again.length).toBe(room.length);
  expect(lendRoom(300_000).buffer).not.toBe(room.buffer);
});

test("buffers that were not lent, and those made to measure, are not kept", () => {
  const foreign = new Uint8Array(2 * smallestRoomBytes);
  const huge = lendRoom(largestRoomBytes + 1);
  returnRoom(foreign);
  returnRoom(huge);
  expect(lendRoom(2 * smallestRoomBytes).buffer).not.toBe(foreign.buffer);
  expect(lendRoom(huge.length).buffer).not.toBe(huge.buffer);
});

test("no more than the bound is kept", () => {
  const rooms = Array.from({ length: 4 }, () => lendRoom(largestRoomBytes));
  for (const room of rooms) returnRoom(room);
  const again = Array.from({ length: 4 }, () => lendRoom(largestRoomBytes));
  const known = new Set(rooms.map((room) => room.buffer));
  const kept = again.filter((room) => known.has(room.buffer)).length;
  expect(kept).toBeGreaterThan(0);
  expect(kept * largestRoomBytes).toBeLessThanOrEqual(maxKeptBytes);
});
