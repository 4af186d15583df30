// Sending a message: in place, in a lent room, in bytes of its own; always the same octets.
import { describe, expect, it } from "vitest";
import { ENVELOPE_BYTES } from "./envelope.js";
import type { MessageCodec } from "./message-codec.js";
import { type MessageOutlet, sendMessage } from "./send-message.js";

/** A message is its size; its octets count up. */
const sized: MessageCodec<number> & Pick<Required<MessageCodec<number>>, "encodeInto"> = {
  encode: (size) => body(size),
  encodeInto(size, target, offset, limit) {
    const end = offset + size;
    if (end > limit) return -end;
    target.set(body(size), offset);
    return end;
  },
  decode: (bytes) => bytes.length,
};

function body(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => i * 3);
}

/** A connection with a buffer of 20,000 bytes, of which one frame may hold `frameBytes`; rooms have 100,000. */
class Outlet implements MessageOutlet {
  pendingBytes = 0;
  frameBytes = 16_384;
  readonly sent: { how: string; bytes: Uint8Array; shared: boolean; endStream: boolean }[] = [];
  readonly lent: number[] = [];
  readonly returned: Uint8Array[] = [];
  readonly #buffer = new Uint8Array(20_000).fill(0xee);
  mayGoOn = true;
  atOnceBytes = 0;

  reserve(_id: number, minBytes: number): ReturnType<MessageOutlet["reserve"]> {
    if (this.frameBytes < minBytes) return undefined;
    return { bytes: this.#buffer, offset: 100, limit: 100 + this.frameBytes };
  }

  commit(_id: number, usedBytes: number, endStream: boolean): void {
    const bytes = this.#buffer.slice(100, 100 + usedBytes);
    this.sent.push({ how: "commit", bytes, shared: false, endStream });
  }

  lendRoom(minBytes: number): Uint8Array {
    this.lent.push(minBytes);
    return new Uint8Array(Math.max(minBytes, 100_000)).fill(0xee);
  }

  sendsAtOnce(_id: number, byteCount: number): boolean {
    return byteCount <= this.atOnceBytes;
  }

  returnRoom(room: Uint8Array): void {
    this.returned.push(room);
  }

  sendData(_id: number, bytes: Uint8Array, endStream: boolean): boolean {
    const shared = bytes.buffer.byteLength > bytes.length;
    this.sent.push({ how: "sendData", bytes, shared, endStream });
    return this.mayGoOn;
  }
}

function expectSent(outlet: Outlet, how: string, size: number): void {
  expect(outlet.sent).toHaveLength(1);
  const { bytes } = outlet.sent[0]!;
  expect(outlet.sent[0]!.how).toBe(how);
  expect(bytes.length).toBe(ENVELOPE_BYTES + size);
  expect(bytes[0]).toBe(0);
  expect(new DataView(bytes.buffer, bytes.byteOffset).getUint32(1)).toBe(size);
  expect(Buffer.compare(bytes.subarray(ENVELOPE_BYTES), body(size))).toBe(0);
}

describe("sendMessage", () => {
  it.each([0, 1, 1000, 16_379])("encodes %i bytes in place when a frame may hold them", (size) => {
    const outlet = new Outlet();
    expect(sendMessage(outlet, 1, sized, size, "nothing")).toBe(size + ENVELOPE_BYTES);
    expectSent(outlet, "commit", size);
    expect(outlet.sent[0]!.endStream).toBe(true);
    expect(outlet.lent).toEqual([]);
  });

  it.each([40_000, 99_995, 99_996, 1_000_000])(
    "encodes %i bytes in a room that is large enough at once",
    (size) => {
      const outlet = new Outlet();
      sendMessage(outlet, 1, sized, size, "more");
      expectSent(outlet, "sendData", size);
      expect(outlet.lent).toEqual([ENVELOPE_BYTES + size]);
      expect(outlet.returned).toEqual([]);
    },
  );

  it.each(["much is pending", "nothing may be sent"])(
    "asks for a larger room when %s and the first is too small",
    (why) => {
      const outlet = new Outlet();
      if (why === "much is pending") outlet.pendingBytes = 65_536;
      else outlet.frameBytes = 0;
      outlet.mayGoOn = false;
      expect(sendMessage(outlet, 1, sized, 200_000, "nothing")).toBe(-200_005);
      expectSent(outlet, "sendData", 200_000);
      expect(outlet.lent).toEqual([ENVELOPE_BYTES, ENVELOPE_BYTES + 200_000]);
      expect(outlet.returned).toHaveLength(1);
      expect(outlet.sent[0]!.endStream).toBe(true);
    },
  );

  it.each([
    [32_762, false],
    [32_763, true],
  ])("a message of %i bytes that must wait holds a room: %s", (size, shared) => {
    const outlet = new Outlet();
    outlet.frameBytes = 0;
    sendMessage(outlet, 1, sized, size, "more");
    expectSent(outlet, "sendData", size);
    expect(outlet.sent[0]!.shared).toBe(shared);
    expect(outlet.returned).toHaveLength(shared ? 0 : 1);
  });

  it("wraps what a codec without encodeInto made", () => {
    const { encode, decode } = sized;
    const outlet = new Outlet();
    sendMessage(outlet, 1, { encode, decode }, 3000, "nothing");
    expectSent(outlet, "sendData", 3000);
    expect(outlet.lent).toEqual([]);
  });

  it.each([1000, 40_000])("sends nothing when a message of %i bytes cannot be encoded", (size) => {
    const outlet = new Outlet();
    const broken = {
      ...sized,
      encodeInto: () => {
        throw new Error("no");
      },
    };
    expect(() => sendMessage(outlet, 1, broken, size, "nothing")).toThrow("no");
    expect(outlet.sent).toEqual([]);
  });

  describe("a message that ends with large bytes of its own", () => {
    /** The head of the message takes 3 bytes. */
    const withTail: MessageCodec<Uint8Array> = {
      encode: () => new Uint8Array(0),
      encodeInto(message, target, offset) {
        target.set([1, 2, 3], offset);
        return -(offset + 3 + message.length);
      },
      tailOf: (message) => message,
      decode: (bytes) => bytes,
    };
    const parts = (outlet: Outlet): unknown[] => outlet.sent.map(({ how }) => how);

    it.each([
      ["nothing", true],
      ["trailers", false],
    ] as const)("is sent without a copy when %s follows", (ending, endStream) => {
      const outlet = new Outlet();
      outlet.mayGoOn = false;
      const message = body(40_000);
      expect(sendMessage(outlet, 1, withTail, message, ending)).toBe(-40_008);
      const [head, tail] = outlet.sent;
      expect([...head!.bytes]).toEqual([0, 0, 0, 0x9c, 0x43, 1, 2, 3]);
      expect(head!.endStream).toBe(false);
      expect(tail!.bytes).toBe(message);
      expect(tail!.endStream).toBe(endStream);
      expect(outlet.lent).toEqual([]);
    });

    it("is sent without a copy when others follow, if nothing of it has to wait", () => {
      const outlet = new Outlet();
      outlet.atOnceBytes = ENVELOPE_BYTES + 3 + 40_000;
      sendMessage(outlet, 1, withTail, body(40_000), "more");
      expect(parts(outlet)).toEqual(["commit", "sendData"]);
      expect(outlet.lent).toEqual([]);
    });

    it.each([
      ["some of it has to wait", 40_000, "more", 20_000],
      ["it is not that large", 32_767, "nothing", 20_000],
      ["its head takes more than a frame", 40_000, "nothing", 7],
    ] as const)("is copied when %s", (_why, size, ending, frameBytes) => {
      const outlet = new Outlet();
      outlet.frameBytes = Math.max(frameBytes, 512);
      const head = frameBytes === 7 ? 600 : 3;
      const codec: MessageCodec<Uint8Array> = {
        ...withTail,
        encodeInto(message, _target, offset, limit) {
          const end = offset + head + message.length;
          return end > limit ? -end : end;
        },
      };
      sendMessage(outlet, 1, codec, body(size), ending);
      expect(parts(outlet)).toEqual(["sendData"]);
      expect(outlet.lent).toHaveLength(1);
    });
  });

  it("refuses a message that grows while it is encoded", () => {
    const growing = { ...sized, encodeInto: (_: number, target: Uint8Array) => -target.length - 1 };
    const outlet = new Outlet();
    expect(() => sendMessage(outlet, 1, growing, 1, "nothing")).toThrow("grew");
    expect(outlet.sent).toEqual([]);
  });
});
