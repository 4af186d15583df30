// Has sockets that were not dialled here read into the shared buffer, too, where the Node.js at hand allows it.
import { Socket } from "node:net";

/** Takes what was read; the bytes are valid only during the call. */
export type ReadReceiver = (bytes: Uint8Array) => void;

/** More than the 64 KiB that Node reads at a time: fewer system calls, and still small beside a CPU's cache. */
const sharedBufferBytes = 131_072;

let buffer: Uint8Array | undefined;

/**
 * The buffer of all sockets: reads are handed on before the next one of any socket begins, so that one
 * will do.
 */
export function sharedReadBuffer(): Uint8Array {
  buffer ??= new Uint8Array(sharedBufferBytes);
  return buffer;
}

/** Where Node.js keeps what its `onread` option sets. */
interface ReadSlots {
  readonly buffer: symbol;
  readonly callback: symbol;
}

/** @returns null when none of `symbols`, those of a socket, are what they are called in Node.js. */
export function findReadSlots(symbols: readonly symbol[]): ReadSlots | null {
  const named = (name: string): symbol | undefined =>
    symbols.find(({ description }) => description === name);
  const [buffer, callback] = [named("kBuffer"), named("kBufferCb")];
  return buffer === undefined || callback === undefined ? null : { buffer, callback };
}

let slots: ReadSlots | null | undefined;

interface ReadHandle {
  useUserBuffer?(buffer: Uint8Array): void;
}

/**
 * Does to an open socket what the option `onread` does to one that is dialled: Node.js (20 to 26 at least) has
 * no such option for sockets that a server accepts (docs/decisions/0003).
 * @returns false when this runtime keeps its sockets otherwise; they go on emitting `data`.
 */
export function readIntoSharedBuffer(socket: object, receiver: ReadReceiver): boolean {
  if (!(socket instanceof Socket) || socket.readableLength > 0) return false;
  if (slots === undefined) slots = findReadSlots(Object.getOwnPropertySymbols(socket));
  const { _handle: handle } = socket as unknown as { readonly _handle?: ReadHandle | null };
  if (slots === null || typeof handle?.useUserBuffer !== "function") return false;
  const shared = sharedReadBuffer();
  const fields = socket as unknown as Record<symbol, unknown>;
  fields[slots.buffer] = shared;
  fields[slots.callback] = (byteCount: number): boolean => {
    receiver(new Uint8Array(shared.buffer, shared.byteOffset, byteCount));
    return true;
  };
  handle.useUserBuffer(shared);
  socket.resume();
  return true;
}
