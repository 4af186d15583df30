// Large buffers lent to those who send messages: filled, handed to `sendData`, and back here once framed.

/** The smallest room; each larger one is twice the size of the one before. */
export const smallestRoomBytes = 131_072;
/** The largest room that is kept; larger ones are made to measure and left to the garbage collector. */
export const largestRoomBytes = 4_194_304;
/** Most memory kept in rooms that nobody uses. */
export const maxKeptBytes = 8_388_608;

/** Free rooms by size: the smallest first, each list twice the size of the one before. */
const free: Uint8Array[][] = [];
let keptBytes = 0;
/** Rooms that are out. Keeps foreign and twice-returned buffers out of the lists. */
const lent: WeakSet<ArrayBufferLike> = new WeakSet();

/** A room of at least `minBytes` whose content is undefined. */
export function lendRoom(minBytes: number): Uint8Array {
  if (minBytes > largestRoomBytes) return new Uint8Array(minBytes);
  const list = free[sizeClass(minBytes)];
  const kept = list?.pop();
  const room = kept ?? new Uint8Array(smallestRoomBytes << sizeClass(minBytes));
  if (kept !== undefined) keptBytes -= kept.length;
  lent.add(room.buffer);
  return room;
}

/** Takes back the room under `bytes`, unless they lie in no room that is out. */
export function returnRoom(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (!lent.delete(buffer) || keptBytes + buffer.byteLength > maxKeptBytes) return;
  const at = sizeClass(buffer.byteLength);
  while (free.length <= at) free.push([]);
  free[at]!.push(new Uint8Array(buffer));
  keptBytes += buffer.byteLength;
}

function sizeClass(byteCount: number): number {
  let at = 0;
  while (smallestRoomBytes << at < byteCount) at++;
  return at;
}
