// Puts one message into its envelope and onto the stream, without a copy where that is possible.
import type { Message } from "@bufbuild/protobuf";
import { ENVELOPE_BYTES, FLAG_PLAIN, type MessageCodec, writeEnvelopeHead } from "@trunkline/core";
import type { Connection } from "@trunkline/http2";

/** Above this much unsent data on a connection, messages go the way that reports back-pressure. */
const HIGH_WATER_BYTES = 65_536;

/** Room to ask the engine for; what turns out to be larger is encoded on its own. */
const MIN_ROOM_BYTES = 512;

/** From this size on, an envelope goes as a piece of its own rather than copying the message behind it. */
const COPY_LIMIT_BYTES = 16_384;

/**
 * Sends one message.
 * @returns false: wait for `writable` before the next one.
 * @throws Error when the message cannot be encoded; nothing has been sent then.
 */
export function sendMessage(
  engine: Connection,
  id: number,
  codec: MessageCodec<Message>,
  message: Message,
): boolean {
  if (codec.encodeInto !== undefined && engine.pendingBytes < HIGH_WATER_BYTES) {
    const region = engine.reserve(id, MIN_ROOM_BYTES);
    if (region !== undefined) {
      const start = region.offset + ENVELOPE_BYTES;
      const end = codec.encodeInto(message, region.bytes, start, region.limit);
      if (end !== -1) {
        writeEnvelopeHead(region.bytes, region.offset, FLAG_PLAIN, end - start);
        engine.commit(id, end - region.offset, false);
        return true;
      }
    }
  }
  return sendEncoded(engine, id, codec.encode(message));
}

function sendEncoded(engine: Connection, id: number, encoded: Uint8Array): boolean {
  if (encoded.length > COPY_LIMIT_BYTES) {
    const head = new Uint8Array(ENVELOPE_BYTES);
    writeEnvelopeHead(head, 0, FLAG_PLAIN, encoded.length);
    engine.sendData(id, head, false);
    return engine.sendData(id, encoded, false);
  }
  const whole = new Uint8Array(ENVELOPE_BYTES + encoded.length);
  writeEnvelopeHead(whole, 0, FLAG_PLAIN, encoded.length);
  whole.set(encoded, ENVELOPE_BYTES);
  return engine.sendData(id, whole, false);
}
