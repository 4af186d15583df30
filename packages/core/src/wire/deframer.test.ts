// The deframer: any chunking, every limit, every broken form.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Code } from "../status/code.js";
import { Deframer, type DeframerSink } from "./deframer.js";
import { ENVELOPE_BYTES, FLAG_COMPRESSED, FLAG_PLAIN, writeEnvelopeHead } from "./envelope.js";

class Recorder implements DeframerSink {
  readonly messages: { bytes: number[]; flags: number; owned: boolean; capacity: number }[] = [];
  readonly failures: { code: Code; message: string }[] = [];
  onMessage: (() => void) | undefined;

  messageReceived(
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    owned: boolean,
  ): void {
    const copy = Array.from(bytes.subarray(start, end));
    this.messages.push({ bytes: copy, flags, owned, capacity: bytes.length });
    this.onMessage?.();
  }

  deframingFailed(code: Code, message: string): void {
    this.failures.push({ code, message });
  }

  get bodies(): number[][] {
    return this.messages.map(({ bytes }) => bytes);
  }
}

function frame(body: readonly number[], flags: number = FLAG_PLAIN): number[] {
  const head = new Uint8Array(ENVELOPE_BYTES);
  writeEnvelopeHead(head, 0, flags, body.length);
  return [...head, ...body];
}

function headOf(length: number, flags: number = FLAG_PLAIN): Uint8Array {
  const head = new Uint8Array(ENVELOPE_BYTES);
  writeEnvelopeHead(head, 0, flags, length);
  return head;
}

/** Hands over a chunk that is scribbled on afterwards, as a socket's buffer would be. */
function pushOnce(deframer: Deframer, bytes: readonly number[] | Uint8Array): void {
  const chunk = Uint8Array.from(bytes);
  deframer.push(chunk);
  chunk.fill(0xee);
}

function setUp(maxMessageBytes: number = 4_194_304): { deframer: Deframer; sink: Recorder } {
  const sink = new Recorder();
  return { deframer: new Deframer(sink, maxMessageBytes), sink };
}

describe("writeEnvelopeHead", () => {
  it.each([
    [0, [0, 0, 0, 0]],
    [5, [0, 0, 0, 5]],
    [0x01020304, [1, 2, 3, 4]],
    [0xffffffff, [255, 255, 255, 255]],
  ])("writes the length %i", (length, expected) => {
    const target = new Uint8Array(7).fill(9);
    writeEnvelopeHead(target, 1, FLAG_COMPRESSED, length);
    expect(Array.from(target)).toEqual([9, 1, ...expected, 9]);
  });
});

describe("Deframer", () => {
  it("hands on messages inside one chunk in place", () => {
    const { deframer, sink } = setUp();
    pushOnce(deframer, [...frame([1, 2]), ...frame([]), ...frame([3])]);
    expect(sink.bodies).toEqual([[1, 2], [], [3]]);
    expect(sink.messages.every(({ owned }) => !owned)).toBe(true);
    expect(deframer.isInsideMessage).toBe(false);
    expect(deframer.finish()).toBe(true);
    expect(sink.failures).toEqual([]);
  });

  it("assembles a message in pieces in a buffer of exactly its size", () => {
    const { deframer, sink } = setUp();
    const body = Array.from({ length: 10_000 }, (_, i) => i & 0xff);
    const bytes = frame(body);
    pushOnce(deframer, bytes.slice(0, 100));
    expect(deframer.isInsideMessage).toBe(true);
    pushOnce(deframer, bytes.slice(100, 6_000));
    pushOnce(deframer, bytes.slice(6_000));
    expect(sink.bodies).toEqual([body]);
    expect(sink.messages[0]).toMatchObject({ owned: true, capacity: 10_000 });
  });

  it("cuts in two at each byte give the same messages", () => {
    const bytes = [...frame([]), ...frame([7]), ...frame([1, 2, 3, 4, 5, 6])];
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { deframer, sink } = setUp();
      pushOnce(deframer, bytes.slice(0, cut));
      pushOnce(deframer, bytes.slice(cut));
      expect(sink.bodies).toEqual([[], [7], [1, 2, 3, 4, 5, 6]]);
      expect(deframer.finish()).toBe(true);
    }
  });

  it("any chunking of any messages gives the same messages", () => {
    const messages = fc.array(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 300 }), {
      maxLength: 8,
    });
    const sizes = fc.infiniteStream(fc.integer({ min: 0, max: 120 }));
    fc.assert(
      fc.property(messages, sizes, (bodies, chunkSizes) => {
        const { deframer, sink } = setUp();
        const bytes = bodies.flatMap((body) => frame(body));
        for (let at = 0; at < bytes.length; ) {
          const size = chunkSizes.next().value as number;
          pushOnce(deframer, bytes.slice(at, at + size));
          at += size;
        }
        expect(sink.bodies).toEqual(bodies);
        expect(deframer.finish()).toBe(true);
        expect(sink.failures).toEqual([]);
      }),
    );
  });

  it("takes one byte at a time", () => {
    const { deframer, sink } = setUp();
    for (const byte of [...frame([1, 2, 3]), ...frame([]), ...frame([4])]) {
      pushOnce(deframer, [byte]);
    }
    expect(sink.bodies).toEqual([[1, 2, 3], [], [4]]);
  });

  it("a buffer grows with what arrives, not with what is declared", () => {
    const { deframer } = setUp();
    const before = process.memoryUsage().arrayBuffers;
    const waiting = Array.from({ length: 50 }, () => {
      const one = setUp().deframer;
      one.push(headOf(4_000_000));
      one.push(new Uint8Array(10));
      return one;
    });
    const grown = process.memoryUsage().arrayBuffers - before;
    expect(waiting.every(({ isInsideMessage }) => isInsideMessage)).toBe(true);
    expect(grown).toBeLessThan(2_000_000);
    deframer.stop();
  });

  describe("limits", () => {
    it("refuses a message over the limit on its head alone", () => {
      const { deframer, sink } = setUp();
      deframer.push(headOf(5_242_880));
      expect(sink.failures).toEqual([
        {
          code: Code.RESOURCE_EXHAUSTED,
          message: "received message of 5242880 bytes exceeds the limit of 4194304 bytes",
        },
      ]);
    });

    it("refuses it when the head comes in two pieces, too", () => {
      const { deframer, sink } = setUp(10);
      deframer.push(headOf(11).subarray(0, 3));
      deframer.push(headOf(11).subarray(3));
      expect(sink.failures[0]?.code).toBe(Code.RESOURCE_EXHAUSTED);
    });

    it("takes a message of exactly the limit", () => {
      const { deframer, sink } = setUp(3);
      pushOnce(deframer, frame([1, 2, 3]));
      expect(sink.bodies).toEqual([[1, 2, 3]]);
    });

    it("takes anything when there is none, up to 2^32 - 1 bytes", () => {
      const { deframer, sink } = setUp(Number.POSITIVE_INFINITY);
      deframer.push(headOf(0xffffffff));
      deframer.push(new Uint8Array(10));
      expect(sink.failures).toEqual([]);
      expect(deframer.isInsideMessage).toBe(true);
    });

    it("delivers what came before, and nothing after", () => {
      const { deframer, sink } = setUp(3);
      pushOnce(deframer, [...frame([1]), ...frame([1, 2, 3, 4]), ...frame([2])]);
      pushOnce(deframer, frame([3]));
      expect(sink.bodies).toEqual([[1]]);
      expect(sink.failures).toHaveLength(1);
      expect(deframer.finish()).toBe(false);
      expect(sink.failures).toHaveLength(1);
    });
  });

  describe("flags", () => {
    it.each([2, 3, 0x80, 0xff])("%i is INTERNAL, also with a compression", (flags) => {
      const { deframer, sink } = setUp();
      deframer.compressionNegotiated = true;
      pushOnce(deframer, frame([1], flags));
      expect(sink.failures[0]?.code).toBe(Code.INTERNAL);
      expect(sink.failures[0]?.message).toContain(String(flags));
      expect(sink.messages).toEqual([]);
    });

    it("1 is INTERNAL unless a compression was negotiated", () => {
      const { deframer, sink } = setUp();
      pushOnce(deframer, frame([1], FLAG_COMPRESSED));
      expect(sink.failures[0]?.code).toBe(Code.INTERNAL);
      expect(sink.failures[0]?.message).toContain("grpc-encoding");
    });

    it("1 goes to the sink when one was", () => {
      const { deframer, sink } = setUp();
      deframer.compressionNegotiated = true;
      pushOnce(deframer, [...frame([1], FLAG_COMPRESSED), ...frame([2])]);
      expect(sink.messages.map(({ flags }) => flags)).toEqual([1, 0]);
    });
  });

  describe("the end of the stream", () => {
    it.each([
      [[0], "1 of the 5 bytes of its head"],
      [[0, 0, 0, 0], "4 of the 5 bytes of its head"],
      [[0, 0, 0, 0, 3], "0 of its 3 bytes"],
      [[0, 0, 0, 0, 3, 1, 2], "2 of its 3 bytes"],
    ])("inside a message is INTERNAL: %j", (bytes, progress) => {
      const { deframer, sink } = setUp();
      pushOnce(deframer, bytes);
      expect(deframer.finish()).toBe(false);
      expect(sink.failures[0]?.code).toBe(Code.INTERNAL);
      expect(sink.failures[0]?.message).toContain(progress);
    });

    it("is fine when nothing came at all", () => {
      const { deframer, sink } = setUp();
      expect(deframer.finish()).toBe(true);
      expect(sink.failures).toEqual([]);
    });

    it("is the end: bytes behind it are ignored", () => {
      const { deframer, sink } = setUp();
      deframer.finish();
      pushOnce(deframer, frame([1]));
      expect(sink.messages).toEqual([]);
    });
  });

  it("a sink may stop it in the middle of a chunk", () => {
    const { deframer, sink } = setUp();
    sink.onMessage = () => deframer.stop();
    pushOnce(deframer, [...frame([1]), ...frame([2]), 0, 0]);
    expect(sink.bodies).toEqual([[1]]);
    expect(deframer.isInsideMessage).toBe(false);
  });
});
