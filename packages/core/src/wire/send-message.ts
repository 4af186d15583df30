// Puts one message into its envelope and onto a stream: into the connection's own buffer, or a lent one when it is large.
import { allocateBytes } from "./allocate-bytes.js";
import { ENVELOPE_BYTES, FLAG_PLAIN, writeEnvelopeHead } from "./envelope.js";
import type { MessageCodec } from "./message-codec.js";

/** What sending a message needs of a connection; see `Connection` of the HTTP/2 engine. */
export interface MessageOutlet {
  /** Bytes that wait to be written to the socket. */
  readonly pendingBytes: number;
  /** Room of at least `minBytes` in the connection's own buffer; undefined when a frame or a window is too small. */
  reserve(
    id: number,
    minBytes: number,
  ): { readonly bytes: Uint8Array; readonly offset: number; readonly limit: number } | undefined;
  /** Sends what was written into the reserved room. */
  commit(id: number, usedBytes: number, endStream: boolean): void;
  /** Whether so many bytes would be framed by `sendData` before it returns: nothing holds on to them then. */
  sendsAtOnce(id: number, byteCount: number): boolean;
  /** A buffer of at least `minBytes`, until it is returned or sent. */
  lendRoom(minBytes: number): Uint8Array;
  /** Gives back a lent buffer that is not going to be sent. */
  returnRoom(room: Uint8Array): void;
  /** Sends bytes, whatever the windows say. @returns false: wait for `writable` before the next ones. */
  sendData(id: number, bytes: Uint8Array, endStream: boolean): boolean;
}

/** Above this much unsent data on a connection, messages go the way that reports back-pressure. */
const highWaterBytes = 65_536;

/** Room to ask the connection for; what turns out to be larger is encoded on its own. */
const minReserveBytes = 512;

/** Lent rooms are large: what is smaller than this must not hold one while it waits. */
const copyBelowBytes = 32_768;

/** What comes after a message: more of them, perhaps; nothing but trailers; nothing at all. */
export type Ending = "more" | "trailers" | "nothing";

/**
 * Sends one message. The last one lends the connection its large bytes field until that is written; of
 * others everything is copied before this returns.
 * @returns its size in bytes, envelope included; the same number below zero: wait for `writable` before the next one.
 * @throws Error when the message cannot be encoded; nothing has been sent then.
 */
export function sendMessage<T>(
  outlet: MessageOutlet,
  id: number,
  codec: MessageCodec<T>,
  message: T,
  ending: Ending,
): number {
  const endStream = ending === "nothing";
  if (codec.encodeInto === undefined) {
    return sendApart(outlet, id, wrap(codec.encode(message)), endStream);
  }
  let neededBytes = 0;
  const region =
    outlet.pendingBytes < highWaterBytes ? outlet.reserve(id, minReserveBytes) : undefined;
  if (region !== undefined) {
    const start = region.offset + ENVELOPE_BYTES;
    const end = codec.encodeInto(message, region.bytes, start, region.limit);
    if (end >= 0) {
      writeEnvelopeHead(region.bytes, region.offset, FLAG_PLAIN, end - start);
      outlet.commit(id, end - region.offset, endStream);
      return end - region.offset;
    }
    neededBytes = -end - region.offset;
    const tail = codec.tailOf?.(message);
    if (
      tail !== undefined &&
      tail.length >= copyBelowBytes &&
      -end - tail.length <= region.limit &&
      (ending !== "more" || outlet.sendsAtOnce(id, neededBytes))
    ) {
      writeEnvelopeHead(region.bytes, region.offset, FLAG_PLAIN, neededBytes - ENVELOPE_BYTES);
      outlet.commit(id, neededBytes - tail.length, false);
      return outlet.sendData(id, tail, endStream) ? neededBytes : -neededBytes;
    }
  }
  return sendApart(outlet, id, encodeApart(outlet, codec, message, neededBytes), endStream);
}

function sendApart(
  outlet: MessageOutlet,
  id: number,
  bytes: Uint8Array,
  endStream: boolean,
): number {
  // Sent bytes are the connection's, which may take their buffer away.
  const { length } = bytes;
  return outlet.sendData(id, bytes, endStream) ? length : -length;
}

/** The message in its envelope: in a lent room, or, when that would be far too large, in bytes of its own. */
function encodeApart<T>(
  outlet: MessageOutlet,
  codec: MessageCodec<T>,
  message: T,
  neededBytes: number,
): Uint8Array {
  let room = outlet.lendRoom(Math.max(neededBytes, ENVELOPE_BYTES));
  let end = codec.encodeInto!(message, room, ENVELOPE_BYTES, room.length);
  if (end < 0) {
    outlet.returnRoom(room);
    room = outlet.lendRoom(-end);
    end = codec.encodeInto!(message, room, ENVELOPE_BYTES, room.length);
    if (end < 0) throw new Error("the message grew while it was encoded");
  }
  writeEnvelopeHead(room, 0, FLAG_PLAIN, end - ENVELOPE_BYTES);
  if (end >= copyBelowBytes) return room.subarray(0, end);
  const bytes = room.slice(0, end);
  outlet.returnRoom(room);
  return bytes;
}

function wrap(encoded: Uint8Array): Uint8Array {
  const bytes = allocateBytes(ENVELOPE_BYTES + encoded.length);
  writeEnvelopeHead(bytes, 0, FLAG_PLAIN, encoded.length);
  bytes.set(encoded, ENVELOPE_BYTES);
  return bytes;
}
