// The limit on sent messages: exact to the byte, before a buffer is asked for, and absent when it is not set.
import { expect, it } from "vitest";
import { Code } from "../status/code.js";
import type { MessageCodec } from "./message-codec.js";
import { limitSentBytes } from "./send-limit.js";

/** Messages that are nothing but their length. */
const lengths: MessageCodec<number> = {
  encode: (length) => new Uint8Array(length),
  encodeInto: (length, _target, offset, limit) =>
    offset + length <= limit ? offset + length : -(offset + length),
  decode: (bytes, start = 0, end = bytes.length) => end - start,
};
const room = new Uint8Array(100);

it("is the codec itself without a limit", () => {
  expect(limitSentBytes(lengths, Number.POSITIVE_INFINITY, "request")).toBe(lengths);
});

it("lets messages of exactly the limit pass, wherever they are put", () => {
  const limited = limitSentBytes(lengths, 10, "request");
  expect(limited.encode(10)).toHaveLength(10);
  expect(limited.encodeInto?.(10, room, 5, 100)).toBe(15);
  expect(limited.encodeInto?.(10, room, 95, 100)).toBe(-105);
  expect(limited.decode(room, 2, 4)).toBe(2);
});

it.each([
  ["encode", (codec: MessageCodec<number>) => codec.encode(11)],
  ["encodeInto", (codec: MessageCodec<number>) => codec.encodeInto?.(11, room, 0, 100)],
  ["encodeInto without room", (codec: MessageCodec<number>) => codec.encodeInto?.(11, room, 9, 10)],
])("%s refuses what is above, naming limit, value and size", (_name, encode) => {
  const text =
    "request of /a/B: message of 11 bytes exceeds the send limit of 10 bytes (option maxSendMessageBytes)";
  expect(() => encode(limitSentBytes(lengths, 10, "request of /a/B"))).toThrow(
    expect.objectContaining({ code: Code.RESOURCE_EXHAUSTED, message: text }),
  );
});

it("fits codecs that know only one way to encode", () => {
  const { encode, decode } = lengths;
  const limited = limitSentBytes({ encode, decode }, 10, "request");
  expect(limited.encodeInto).toBeUndefined();
  expect(() => limited.encode(11)).toThrow("11 bytes");
});
