// Messages on their way out: compressed or not, in order, however long compressing takes.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RpcError } from "../status/rpc-error.js";
import type { MessageCodec } from "../wire/message-codec.js";
import type { OutgoingCompression } from "./compression-plan.js";
import { type DeflaterOwner, MessageDeflater } from "./message-deflater.js";
import type { MessageEncoding } from "./message-encoding.js";
import { uncompressed } from "./message-marks.js";

/** A message of one byte, repeated. */
interface Run {
  readonly byte: number;
  readonly length: number;
}

const codec: MessageCodec<Run> = {
  encode: ({ byte, length }) => new Uint8Array(length).fill(byte),
  decode: (bytes) => ({ byte: bytes[0]!, length: bytes.length }),
};

/** Leaves the first byte of a message. What it works at later is done when the test says so. */
class HeadEncoding implements MessageEncoding {
  readonly name = "head";
  readonly jobs: { finish(): void; fail(reason: unknown): void }[] = [];
  failure: Error | undefined;

  compress(bytes: Uint8Array): Uint8Array {
    if (this.failure !== undefined) throw this.failure;
    return bytes.subarray(0, 1);
  }

  decompress(bytes: Uint8Array): Uint8Array {
    return bytes;
  }

  compressLater(bytes: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.jobs.push({ finish: () => resolve(bytes.subarray(0, 1)), fail: reject });
    });
  }
}

class Outlet implements DeflaterOwner {
  /** `flag:body length:first byte`, and `end`. */
  readonly sent: string[] = [];
  readonly told: string[] = [];
  /** `encoded>sent` of each message. */
  readonly sizes: string[] = [];
  hasRoom = true;

  sendData(_id: number, bytes: Uint8Array, endStream: boolean): boolean {
    if (bytes.length > 0) this.sent.push(`${bytes[0]}:${bytes.length - 5}:${bytes[5] ?? ""}`);
    if (endStream) this.sent.push("end");
    return this.hasRoom;
  }

  messageDeflated(_message: unknown, bytes: Uint8Array, wireByteCount: number): void {
    this.sizes.push(`${bytes.length}>${wireByteCount}`);
  }

  deflated(hasRoom: boolean): void {
    this.told.push(hasRoom ? "room" : "full");
  }

  fail(error: RpcError): void {
    this.told.push(error.message);
  }
}

function start(options: Partial<OutgoingCompression> = {}): {
  deflater: MessageDeflater;
  outlet: Outlet;
  encoding: HeadEncoding;
} {
  const outlet = new Outlet();
  const encoding = new HeadEncoding();
  const deflater = new MessageDeflater(
    outlet,
    1,
    { encoding, minBytes: 10, level: undefined, offloadBytes: 100, ...options },
    outlet,
  );
  return { deflater, outlet, encoding };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("small messages, empty ones and marked ones are sent as they are", () => {
  const { deflater, outlet } = start();
  expect(deflater.send(codec, { byte: 7, length: 9 }, false)).toBe(true);
  deflater.send(codec, { byte: 7, length: 10 }, false);
  deflater.send(codec, uncompressed({ byte: 7, length: 50 }), false);
  deflater.send(codec, { byte: 7, length: 0 }, true);
  expect(outlet.sent).toEqual(["0:9:7", "1:1:7", "0:50:7", "0:0:", "end"]);
});

test("what does not become smaller is sent as it is, unless everything is to be compressed", () => {
  const careful = start({ minBytes: 1 });
  careful.deflater.send(codec, { byte: 7, length: 1 }, false);
  expect(careful.outlet.sent).toEqual(["0:1:7"]);
  const strict = start({ minBytes: 0 });
  strict.deflater.send(codec, { byte: 7, length: 1 }, false);
  strict.deflater.send(codec, { byte: 7, length: 0 }, false);
  expect(strict.outlet.sent).toEqual(["1:1:7", "0:0:"]);
});

test("large messages take their time, and all behind them wait", async () => {
  const { deflater, outlet, encoding } = start();
  expect(deflater.send(codec, { byte: 1, length: 101 }, false)).toBe(false);
  expect(deflater.isIdle).toBe(false);
  expect(deflater.send(codec, { byte: 2, length: 5 }, false)).toBe(false);
  expect(deflater.send(codec, { byte: 3, length: 101 }, false)).toBe(false);
  deflater.end();
  expect(outlet.sent).toEqual([]);
  encoding.jobs[0]!.finish();
  await turn();
  expect(outlet.sent).toEqual(["1:1:1", "0:5:2"]);
  expect(outlet.told).toEqual([]);
  outlet.hasRoom = false;
  encoding.jobs[1]!.finish();
  await turn();
  expect(outlet.sent.slice(2)).toEqual(["1:1:3", "end"]);
  expect(outlet.told).toEqual(["full"]);
  expect(deflater.isIdle).toBe(true);
});

test("the end alone is sent at once when nothing waits", () => {
  const { deflater, outlet } = start();
  deflater.end();
  expect(outlet.sent).toEqual(["end"]);
});

test("after it was stopped nothing is sent, whatever was under way", async () => {
  const { deflater, outlet, encoding } = start();
  deflater.send(codec, { byte: 1, length: 101 }, true);
  deflater.stop();
  encoding.jobs[0]!.finish();
  await turn();
  expect([...outlet.sent, ...outlet.told]).toEqual([]);
});

test("an encoding that fails fails the call, at once or later", async () => {
  const now = start();
  now.encoding.failure = new Error("out of order");
  expect(() => now.deflater.send(codec, { byte: 1, length: 50 }, false)).toThrow(
    "a message cannot be compressed with head: out of order",
  );
  const later = start();
  later.deflater.send(codec, { byte: 1, length: 101 }, false);
  later.encoding.jobs[0]!.fail(new Error("no memory"));
  await turn();
  expect(later.outlet.told).toEqual(["a message cannot be compressed with head: no memory"]);
  const behind = start();
  behind.deflater.send(codec, { byte: 1, length: 101 }, false);
  behind.deflater.send(codec, { byte: 1, length: 50 }, false);
  behind.encoding.failure = new Error("worn out");
  behind.encoding.jobs[0]!.finish();
  await turn();
  expect(behind.outlet.told).toEqual(["a message cannot be compressed with head: worn out"]);
});

test("an encoding without a thread works on the event loop", () => {
  const { encoding } = start();
  const outlet = new Outlet();
  const plain: MessageEncoding = {
    name: "plain",
    compress: (bytes) => encoding.compress(bytes),
    decompress: (bytes) => bytes,
  };
  const options = { encoding: plain, minBytes: 10, level: 1, offloadBytes: 100 };
  const deflater = new MessageDeflater(outlet, 1, options, outlet);
  expect(deflater.send(codec, { byte: 9, length: 5000 }, false)).toBe(true);
  expect(outlet.sent).toEqual(["1:1:9"]);
});

test("whatever the sizes and however long each takes: in order, once each", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 20 }),
      fc.array(fc.boolean(), { maxLength: 40 }),
      async (lengths, finishing) => {
        const { deflater, outlet, encoding } = start();
        let finished = 0;
        for (const [i, length] of lengths.entries()) {
          deflater.send(codec, { byte: i, length }, i === lengths.length - 1);
          if (finishing[i] && encoding.jobs[finished] !== undefined) {
            encoding.jobs[finished++]!.finish();
            await turn();
          }
        }
        while (encoding.jobs[finished] !== undefined) {
          encoding.jobs[finished++]!.finish();
          await turn();
        }
        const expected = lengths.map((length, i) =>
          length >= 10 ? `1:1:${i}` : `0:${length}:${length === 0 ? "" : i}`,
        );
        expect(outlet.sent).toEqual(lengths.length === 0 ? [] : [...expected, "end"]);
        expect(deflater.isIdle).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});

test.each(["text", undefined, Promise.resolve()])(
  "nothing is sent of what is no bytes: %o",
  (result) => {
    const outlet = new Outlet();
    const encoding: MessageEncoding = {
      name: "odd",
      compress: () => result as never,
      decompress: (bytes) => bytes,
    };
    const options = {
      encoding,
      minBytes: 0,
      level: undefined,
      offloadBytes: Number.POSITIVE_INFINITY,
    };
    const deflater = new MessageDeflater(outlet, 1, options, outlet);
    expect(() => deflater.send(codec, { byte: 1, length: 20 }, false)).toThrow(
      "cannot be compressed with odd: the encoding gave",
    );
    expect(outlet.sent).toEqual([]);
  },
);
