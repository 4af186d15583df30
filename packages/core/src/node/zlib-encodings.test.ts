// Every encoding of the runtime: there and back, limits, and everything that can be wrong with the bytes.
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { MessageEncoding } from "../compression/message-encoding.js";
import { zlibEncodings } from "./zlib-encodings.js";

const encodings = zlibEncodings();

/** Text that compresses well. */
function text(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i % 97) ^ (i >> 12);
  return bytes;
}

/** Both ways to decompress. They must agree, but for the quick one, which may take any bytes for too much. */
async function decompress(
  encoding: MessageEncoding,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array | string | undefined> {
  const settle = (work: () => Promise<Uint8Array | undefined>) =>
    work().catch((error: Error) => `error: ${error.message}`);
  const now = await settle(async () => encoding.decompress(bytes, maxBytes));
  const later = await settle(async () => encoding.decompressLater!(bytes, maxBytes));
  if (now !== undefined) expect(typeof later).toBe(typeof now);
  return later;
}

function same(a: unknown, b: Uint8Array): boolean {
  return a instanceof Uint8Array && Buffer.compare(a, b) === 0;
}

test("gzip, deflate and br are there, and zstd where Node has it", () => {
  const names = encodings.map(({ name }) => name);
  expect(names.slice(0, 3)).toEqual(["gzip", "deflate", "br"]);
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (process.versions.bun === undefined && (major > 22 || (major === 22 && minor >= 15))) {
    expect(names).toContain("zstd");
  }
  if (major < 22) expect(names).toHaveLength(3);
});

describe.each(encodings)("$name", (encoding) => {
  test.each([0, 1, 1000, 100_000, 3_000_000])("%d bytes, there and back", async (length) => {
    const bytes = text(length);
    const compressed = encoding.compress(bytes, undefined);
    const later = await encoding.compressLater!(bytes, undefined);
    // Not the same bytes everywhere: only at once it is known how many there will be.
    expect(same(await decompress(encoding, later, 4_000_000), bytes)).toBe(true);
    if (length >= 1000) expect(compressed.length).toBeLessThan(length / 2);
    expect(same(await decompress(encoding, compressed, 4_000_000), bytes)).toBe(true);
    expect(same(await decompress(encoding, compressed, Infinity), bytes)).toBe(true);
  });

  test("the result is a plain Uint8Array, of which messages may keep views", () => {
    const compressed = encoding.compress(text(5000), undefined);
    expect(Object.getPrototypeOf(encoding.decompress(compressed, 10_000))).toBe(
      Uint8Array.prototype,
    );
  });

  test("levels make a difference", () => {
    const bytes = text(300_000);
    const [lowest, highest] = encoding.levels!;
    const quick = encoding.compress(bytes, lowest);
    const small = encoding.compress(bytes, highest);
    expect(small.length).toBeLessThan(quick.length);
  });

  test("the limit holds to the byte", async () => {
    const compressed = encoding.compress(text(100_000), undefined);
    expect(same(await decompress(encoding, compressed, 100_000), text(100_000))).toBe(true);
    expect(await decompress(encoding, compressed, 99_999)).toBeUndefined();
    expect(await decompress(encoding, compressed, 0)).toBeUndefined();
    expect(
      same(await decompress(encoding, encoding.compress(text(0), undefined), 0), text(0)),
    ).toBe(true);
  });

  test("a bomb stops at the limit", async () => {
    const bomb = encoding.compress(new Uint8Array(50_000_000), undefined);
    expect(await decompress(encoding, bomb, 1_000_000)).toBeUndefined();
  });

  const whole = encoding.compress(text(20_000), undefined);
  const corrupt = whole.slice();
  for (let i = 20; i < 60; i++) corrupt[i] = corrupt[i]! ^ 0x5a;
  test.each<readonly [string, Uint8Array]>([
    ["nothing", new Uint8Array(0)],
    ["text", new TextEncoder().encode("not compressed at all")],
    ["a message that is cut off", whole.subarray(0, whole.length - 5)],
    ["half a message", whole.subarray(0, whole.length >> 1)],
    // zstd has no checksum unless it is asked for one: such damage may show, or not.
    ...(encoding.name === "zstd" ? [] : ([["a message with damage", corrupt]] as const)),
    ["a message with zeros behind it", Buffer.concat([whole, new Uint8Array(9)])],
    ["a message with rubbish behind it", Buffer.concat([whole, Buffer.from("rubbish")])],
  ])("%s is an error", async (_name, bytes) => {
    expect(await decompress(encoding, bytes, 100_000)).toMatch(/^error: ./);
  });
});

describe("gzip", () => {
  const [gzip] = encodings as [MessageEncoding];

  test("members one behind the other are one message (RFC 1952 s2.2), up to the limit", async () => {
    const members = Buffer.concat([gzipSync("hello "), gzipSync("world")]);
    const expected = new TextEncoder().encode("hello world");
    expect(same(await decompress(gzip, members, 11), expected)).toBe(true);
    expect(await decompress(gzip, members, 10)).toBeUndefined();
  });

  test("a lie about the size is found out", async () => {
    const liar = Buffer.from(gzipSync("hello"));
    liar.writeUInt32LE(4000, liar.length - 4);
    expect(await decompress(gzip, liar, 100_000)).toMatch(/^error: incorrect length/);
  });
});
