// Messages on their way in: in order, within their limits, and no faster than they are read.
import fc from "fast-check";
import { expect, test } from "vitest";
import { Code } from "../status/code.js";
import type { MessageEncoding } from "./message-encoding.js";
import {
  type InflatedMessage,
  type InflaterSink,
  MessageInflater,
  maxAheadBytes,
} from "./message-inflater.js";

/** A compressed message of the tests: one byte stands for `100 * byte` times itself; 255 is broken. */
class TimesEncoding implements MessageEncoding {
  readonly name = "times";
  readonly jobs: (() => void)[] = [];
  tries = 0;

  compress(bytes: Uint8Array): Uint8Array {
    return bytes.subarray(0, 1);
  }

  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
    this.tries++;
    const [byte = 0] = bytes;
    if (byte === 255) throw new Error("incorrect header");
    return byte * 100 > maxBytes ? undefined : new Uint8Array(byte * 100).fill(byte);
  }

  decompressLater(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.jobs.push(() => {
        try {
          resolve(this.decompress(bytes, maxBytes));
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

class Sink implements InflaterSink {
  isReaderBehind = false;
  /** `tag:length` of each message, and what else was told. */
  readonly told: string[] = [];
  last: InflatedMessage | undefined;

  messageInflated(message: InflatedMessage): void {
    this.last = message;
    this.told.push(`${message.tag}:${message.bytes.length}`);
  }

  inflatingFailed(code: Code, message: string): void {
    this.told.push(`${code} ${message}`);
  }

  inflaterIdle(): void {
    this.told.push("idle");
  }
}

function start(maxBytes = 20_000): {
  inflater: MessageInflater;
  sink: Sink;
  encoding: TimesEncoding;
  compressed(byte: number, tag: number): void;
} {
  const sink = new Sink();
  const encoding = new TimesEncoding();
  const inflater = new MessageInflater(sink, {
    encoding,
    maxBytes: maxBytes,
    offloadBytes: 1000,
    connection: sink,
  });
  return {
    inflater,
    sink,
    encoding,
    compressed: (byte, tag) => inflater.push(Uint8Array.of(byte), 1, false, tag),
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("small messages are handed on at once", () => {
  const { inflater, sink, compressed } = start();
  compressed(3, 1);
  expect(sink.last).toMatchObject({ owned: true, wasCompressed: true });
  inflater.push(new Uint8Array(7), 0, false, 2);
  expect(sink.last).toMatchObject({ owned: false, wasCompressed: false });
  expect(sink.told).toEqual(["1:300", "2:7"]);
  expect(inflater.isIdle).toBe(true);
});

test("a message that becomes large is inflated elsewhere, and all behind it wait", async () => {
  const { inflater, sink, encoding, compressed } = start();
  compressed(20, 1);
  const bytes = new Uint8Array(4).fill(5);
  inflater.push(bytes, 0, false, 2);
  bytes.fill(9);
  compressed(1, 3);
  compressed(30, 4);
  expect(inflater.isIdle).toBe(false);
  expect(sink.told).toEqual([]);
  encoding.jobs[0]!();
  await turn();
  expect(sink.told).toEqual(["1:2000", "2:4", "3:100"]);
  encoding.jobs[1]!();
  await turn();
  expect(sink.told.slice(3)).toEqual(["4:3000", "idle"]);
});

test("what waits is a copy unless it was given away", async () => {
  const { inflater, sink, encoding, compressed } = start();
  compressed(20, 1);
  const [lent, given] = [new Uint8Array(1), new Uint8Array(1)];
  inflater.push(lent, 0, false, 2);
  inflater.push(given, 0, true, 3);
  lent.fill(7);
  encoding.jobs[0]!();
  await turn();
  expect(sink.told).toEqual(["1:2000", "2:1", "3:1", "idle"]);
  expect(sink.last!.bytes).toBe(given);
});

test("the limit holds for what a message becomes, and the error names it", async () => {
  const { sink, encoding, compressed, inflater } = start(2_500);
  compressed(26, 1);
  encoding.jobs[0]!();
  await turn();
  const text =
    "received message of 1 bytes becomes more than 2500 bytes when it is decompressed (times), which is the limit";
  expect(sink.told).toEqual([`${Code.RESOURCE_EXHAUSTED} ${text}`]);
  compressed(1, 2);
  inflater.resume();
  expect(sink.told).toHaveLength(1);
});

test("without a thread to work elsewhere the limit is met at once", () => {
  const sink = new Sink();
  const times = new TimesEncoding();
  const encoding: MessageEncoding = {
    name: "times",
    compress: (bytes) => bytes,
    decompress: (bytes, maxBytes) => times.decompress(bytes, maxBytes),
  };
  const inflater = new MessageInflater(sink, {
    encoding,
    maxBytes: 2_500,
    offloadBytes: 1000,
    connection: sink,
  });
  inflater.push(Uint8Array.of(25), 1, false, 1);
  inflater.push(Uint8Array.of(26), 1, false, 2);
  expect(sink.told[0]).toBe("1:2500");
  expect(sink.told[1]).toContain("more than 2500 bytes");
});

test("an encoding that heeds no limit is caught", () => {
  const sink = new Sink();
  const encoding: MessageEncoding = {
    name: "rash",
    compress: (bytes) => bytes,
    decompress: () => new Uint8Array(11),
  };
  new MessageInflater(sink, {
    encoding,
    maxBytes: 10,
    offloadBytes: 1000,
    connection: sink,
  }).push(Uint8Array.of(1), 1, false, 1);
  expect(sink.told).toEqual([expect.stringContaining("more than 10 bytes")]);
});

test("broken messages are INTERNAL, here and elsewhere", async () => {
  const text = `${Code.INTERNAL} received message of %d bytes cannot be decompressed as times: incorrect header`;
  const here = start();
  here.compressed(255, 1);
  expect(here.sink.told).toEqual([text.replace("%d", "1")]);
  const elsewhere = start();
  elsewhere.inflater.push(new Uint8Array(1001).fill(255), 1, true, 1);
  elsewhere.encoding.jobs[0]!();
  await turn();
  expect(elsewhere.sink.told).toEqual([text.replace("%d", "1001")]);
});

test("a reader that is behind stops the inflating, and starts it again", async () => {
  const { inflater, sink, encoding, compressed } = start(10_000_000);
  sink.isReaderBehind = true;
  // Each of them becomes 20,000 bytes.
  const count = Math.ceil(maxAheadBytes / 20_000);
  for (let tag = 1; tag <= count + 2; tag++) {
    compressed(200, tag);
    encoding.jobs.at(-1)?.();
    await turn();
  }
  const messages = sink.told.filter((text) => text !== "idle");
  expect(messages).toHaveLength(count);
  inflater.resume();
  expect(encoding.jobs).toHaveLength(count);
  sink.isReaderBehind = false;
  inflater.resume();
  for (let more = 0; more < 2; more++) {
    encoding.jobs.at(-1)!();
    await turn();
  }
  expect(sink.told.slice(-3)).toEqual([`${count + 1}:20000`, `${count + 2}:20000`, "idle"]);
});

test("after it was stopped nothing is told, whatever was under way", async () => {
  const { inflater, sink, encoding, compressed } = start();
  compressed(20, 1);
  compressed(1, 2);
  inflater.stop();
  encoding.jobs[0]!();
  await turn();
  expect(sink.told).toEqual([]);
});

test("whatever the mixture and whenever work is done: in order, once each", async () => {
  const kind = fc.constantFrom("plain", "small", "large");
  await fc.assert(
    fc.asyncProperty(
      fc.array(kind, { maxLength: 20 }),
      fc.array(fc.boolean(), { maxLength: 20 }),
      async (kinds, finishing) => {
        const { inflater, sink, encoding } = start();
        let finished = 0;
        const finish = async (): Promise<void> => {
          encoding.jobs[finished++]!();
          await turn();
        };
        for (const [tag, one] of kinds.entries()) {
          const byte = one === "plain" ? 50 : one === "small" ? 2 : 30;
          inflater.push(Uint8Array.of(byte), one === "plain" ? 0 : 1, false, tag);
          if (finishing[tag] && encoding.jobs.length > finished) await finish();
        }
        while (encoding.jobs.length > finished) await finish();
        const lengths = { plain: 1, small: 200, large: 3000 };
        const messages = sink.told.filter((text) => text !== "idle");
        expect(messages).toEqual(
          kinds.map((one, tag) => `${tag}:${lengths[one as keyof typeof lengths]}`),
        );
        expect(inflater.isIdle).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});

test.each(["text", 7, {}])(
  "an encoding that gives no bytes is at fault, not the message: %o",
  (result) => {
    const sink = new Sink();
    const encoding: MessageEncoding = {
      name: "odd",
      compress: (bytes) => bytes,
      decompress: () => result as never,
    };
    new MessageInflater(sink, {
      encoding,
      maxBytes: 10,
      offloadBytes: 1000,
      connection: sink,
    }).push(Uint8Array.of(1), 1, false, 1);
    expect(sink.told).toEqual([expect.stringContaining("where a Uint8Array is expected")]);
  },
);
