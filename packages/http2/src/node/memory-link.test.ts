// The two ends of a link behave as the ends of a socket do: order, back-pressure, half-close, destroy.
import { describe, expect, it } from "vitest";
import type { ByteStream, ByteStreamEvent } from "./byte-stream.js";
import { createMemoryLink } from "./memory-link.js";

/** Microtasks that were queued, and those that they queue, have run. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

const events: ByteStreamEvent[] = ["data", "end", "error", "close", "drain"];

function record(end: ByteStream): string[] {
  const log: string[] = [];
  for (const event of events) {
    end.on(event, (value: Uint8Array | Error | undefined) => {
      const what = value instanceof Error ? value.message : value === undefined ? "" : [...value];
      log.push(`${event} ${what}`.trim());
    });
  }
  return log;
}

describe("createMemoryLink", () => {
  it("hands bytes over in order, after the turn that wrote them, and says when they are read", async () => {
    const [left, right] = createMemoryLink();
    const log = record(right);
    left.write(Uint8Array.of(1), () => log.push("done 1"));
    left.write(Uint8Array.of(2), () => log.push("done 2"));
    expect(log).toEqual([]);
    await settle();
    expect(log).toEqual(["data 1", "done 1", "data 2", "done 2"]);
  });

  it("keeps bytes until somebody listens, and while the reader has paused", async () => {
    const [left, right] = createMemoryLink();
    left.write(Uint8Array.of(1));
    await settle();
    right.pause();
    const log = record(right);
    await settle();
    expect(log).toEqual([]);
    right.resume();
    await settle();
    expect(log).toEqual(["data 1"]);
  });

  it("lets a reader pause between two pieces", async () => {
    const [left, right] = createMemoryLink();
    const read: number[] = [];
    right.on("data", (bytes: Uint8Array) => {
      read.push(bytes[0]!);
      right.pause();
    });
    for (let i = 0; i < 3; i++) left.write(Uint8Array.of(i));
    await settle();
    expect(read).toEqual([0]);
    left.write(Uint8Array.of(3));
    for (let i = 0; i < 3; i++) {
      right.resume();
      await settle();
    }
    expect(read).toEqual([0, 1, 2, 3]);
  });

  it("pushes back when too much waits, and drains", async () => {
    const [left, right] = createMemoryLink();
    const log = record(left);
    right.on("data", () => {});
    right.pause();
    expect(left.write(new Uint8Array(200_000))).toBe(true);
    expect(left.write(new Uint8Array(200_000))).toBe(false);
    expect(left.writableNeedDrain).toBe(true);
    await settle();
    expect(log).toEqual([]);
    right.resume();
    await settle();
    expect(log).toEqual(["drain"]);
    expect(left.writableNeedDrain).toBe(false);
  });

  it("ends each direction on its own, then both ends close", async () => {
    const [left, right] = createMemoryLink();
    const [atLeft, atRight] = [record(left), record(right)];
    left.write(Uint8Array.of(1));
    left.end(() => atLeft.push("finished"));
    expect(left.writableEnded).toBe(true);
    await settle();
    expect(atRight).toEqual(["data 1", "end"]);
    expect([left.writableFinished, right.readableEnded, right.destroyed]).toEqual([
      true,
      true,
      false,
    ]);
    right.write(Uint8Array.of(2));
    right.end();
    await settle();
    expect(atLeft).toEqual(["finished", "data 2", "end", "close"]);
    expect(atRight).toEqual(["data 1", "end", "close"]);
    expect([left.closed, right.closed]).toEqual([true, true]);
  });

  it("tells the other end of a destroyed one that the bytes have ended, and reads nothing more", async () => {
    const [left, right] = createMemoryLink();
    const [atLeft, atRight] = [record(left), record(right)];
    let done = 0;
    right.write(Uint8Array.of(1), () => done++);
    left.write(Uint8Array.of(2));
    left.destroy(new Error("broken"));
    left.destroy();
    await settle();
    expect(atLeft).toEqual(["error broken", "close"]);
    expect(atRight).toEqual(["data 2", "end"]);
    right.write(Uint8Array.of(3), () => done++);
    await settle();
    expect(done).toBe(2);
    right.end();
    await settle();
    expect(right.closed).toBe(true);
  });

  it("listens once where that is asked for", async () => {
    const [left, right] = createMemoryLink();
    let count = 0;
    right.once("data", () => count++);
    right.once("close", () => count++);
    left.write(Uint8Array.of(1));
    left.write(Uint8Array.of(2));
    await settle();
    expect(count).toBe(1);
    left.write(Uint8Array.of(1));
    right.destroy();
    await settle();
    left.write(Uint8Array.of(1));
    left.destroy();
    await settle();
    expect(count).toBe(2);
    expect(left.closed).toBe(true);
  });

  it("a reader that destroys its end in the middle gets no more", async () => {
    const [left, right] = createMemoryLink();
    const read: number[] = [];
    let done = 0;
    right.on("data", (bytes: Uint8Array) => {
      read.push(bytes[0]!);
      right.destroy();
    });
    for (let i = 0; i < 3; i++) left.write(Uint8Array.of(i), () => done++);
    await settle();
    expect([read, done]).toEqual([[0], 3]);
  });

  it("tells everybody who listens of a close, and takes a second end for none", async () => {
    const [left, right] = createMemoryLink();
    const log: string[] = [];
    for (const name of ["first", "second"]) left.on("close", () => log.push(name));
    left.end(() => log.push("end"));
    left.end(() => log.push("end again"));
    left.on("data", () => {});
    right.on("data", () => {});
    right.end();
    await settle();
    expect(log).toEqual(["end", "first", "second"]);
  });

  it("has no use for room once it is destroyed", async () => {
    const [left, right] = createMemoryLink();
    const log = record(left);
    expect(left.write(new Uint8Array(300_000))).toBe(false);
    left.destroy();
    right.on("data", () => {});
    await settle();
    expect(log).toEqual(["close"]);
  });

  it("has no room while too much is left for a reader that pauses in between", async () => {
    const [left, right] = createMemoryLink();
    const log = record(left);
    for (let i = 0; i < 3; i++) left.write(new Uint8Array(200_000));
    right.on("data", () => {
      right.pause();
    });
    await settle();
    expect(log).toEqual([]);
    right.resume();
    await settle();
    expect(log).toEqual(["drain"]);
  });
});
