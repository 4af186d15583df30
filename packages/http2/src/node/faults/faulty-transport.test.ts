// The faults of a whole connection: refused, reset, told to go away, late; and how its ends follow each other.
import { describe, expect, it, vi } from "vitest";
import { formatData } from "../../frame/data.js";
import { ErrorCode } from "../../frame/error-code.js";
import { formatGoaway } from "../../frame/goaway.js";
import { UsageError } from "../../usage-error.js";
import type { ByteStream } from "../byte-stream.js";
import { createMemoryLink } from "../memory-link.js";
import { createFaultyTransport, type FaultyTransportOptions } from "./faulty-transport.js";

/** What an end has heard. */
function listen(end: ByteStream): string[] {
  const heard: string[] = [];
  end.on("data", (bytes: Uint8Array) => heard.push(Buffer.from(bytes).toString("latin1")));
  end.on("end", () => heard.push("end"));
  end.on("error", (error: Error) => heard.push(`error ${error.message}`));
  end.on("close", () => heard.push("close"));
  return heard;
}

async function open(options?: FaultyTransportOptions) {
  const [far, server] = createMemoryLink();
  const transport = createFaultyTransport(async () => far, options);
  const client = await transport.connect(undefined);
  return { transport, client, server, heard: listen(client), served: listen(server) };
}

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
/** Until all microtasks and what is ready have had their turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("without faults", () => {
  it("bytes and clean ends pass both ways", async () => {
    const { transport, client, server, heard, served } = await open();
    expect(transport.connectionCount).toBe(1);
    client.write(bytes("hello"));
    await turn();
    server.write(formatData(1, bytes("x")));
    await turn();
    client.end();
    server.end();
    await turn();
    await turn();
    expect(served).toEqual(["hello", "end", "close"]);
    expect(heard).toEqual([
      Buffer.from(formatData(1, bytes("x"))).toString("latin1"),
      "end",
      "close",
    ]);
    expect(transport.connectionCount).toBe(0);
  });

  it("an end that is destroyed takes the other one along", async () => {
    const left = await open();
    left.client.destroy();
    await turn();
    expect(left.served).toEqual(["end"]);
    left.server.end();
    await turn();
    expect(left.served).toEqual(["end", "close"]);
    const [far] = createMemoryLink();
    const right = createFaultyTransport(async () => far);
    const heard = listen(await right.connect(undefined));
    far.destroy();
    await turn();
    expect(heard).toEqual(["close"]);
    expect([left.transport.connectionCount, right.connectionCount]).toEqual([0, 0]);
  });

  it("the error of the true connection is the client's", async () => {
    const [far] = createMemoryLink();
    const transport = createFaultyTransport(async () => far);
    const client = await transport.connect(undefined);
    const heard = listen(client);
    far.destroy(new Error("no route"));
    await turn();
    expect(heard).toEqual(["error no route", "close"]);
  });
});

describe("isRefusing", () => {
  it("refuses new connections, and leaves those that are open", async () => {
    const { transport, client, served } = await open();
    transport.isRefusing = true;
    await expect(transport.connect(undefined)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    client.write(bytes("x"));
    await turn();
    expect(served).toEqual(["x"]);
    transport.isRefusing = false;
    await expect(transport.connect(undefined)).resolves.toBeDefined();
    expect(transport.connectionCount).toBe(2);
  });
});

describe("reset()", () => {
  it("breaks both ends, once", async () => {
    const { transport, heard, served } = await open();
    transport.reset();
    transport.reset();
    await turn();
    expect(heard).toEqual([
      "error read ECONNRESET: the faulty transport was told to reset",
      "close",
    ]);
    expect(served).toEqual(["end"]);
    expect(transport.connectionCount).toBe(0);
  });

  it("is a RST on a socket", async () => {
    const [far] = createMemoryLink();
    let resets = 0;
    const socket = Object.assign(far, {
      resetAndDestroy() {
        resets++;
        far.destroy();
      },
    });
    const transport = createFaultyTransport(async () => socket);
    await transport.connect(undefined);
    transport.reset();
    expect([resets, far.destroyed]).toEqual([1, true]);
  });

  it("comes by itself after so many bytes, whichever way they go", async () => {
    const message = "error read ECONNRESET: the faulty transport has passed its limit of bytes";
    const out = await open({ toServer: { resetAfterBytes: 3 } });
    out.client.write(bytes("four"));
    await turn();
    expect(out.heard).toEqual([message, "close"]);
    const back = await open({ toClient: { resetAfterBytes: 3 } });
    back.server.write(bytes("four"));
    await turn();
    expect(back.heard.slice(-2)).toEqual([message, "close"]);
  });
});

describe("goAway()", () => {
  const show = (...frames: Uint8Array[]): string => Buffer.concat(frames).toString("latin1");
  const all = formatGoaway(2 ** 31 - 1, ErrorCode.NO_ERROR);

  it("is what it is told to be", async () => {
    const { transport, heard } = await open();
    transport.goAway();
    transport.goAway({ code: ErrorCode.ENHANCE_YOUR_CALM, lastStreamId: 3, debug: "why" });
    await turn();
    const second = formatGoaway(3, ErrorCode.ENHANCE_YOUR_CALM, "why");
    expect(heard).toEqual([show(all), show(second)]);
  });

  it("waits for the end of a frame that is under way", async () => {
    const { transport, server, heard } = await open();
    const frame = formatData(1, new Uint8Array(20));
    server.write(frame.subarray(0, 10));
    await turn();
    transport.goAway();
    server.write(frame.subarray(10, 15));
    await turn();
    expect(heard.join("")).toBe(show(frame.subarray(0, 15)));
    server.write(new Uint8Array([...frame.subarray(15), ...frame]));
    await turn();
    expect(heard.join("")).toBe(show(frame, all, frame));
  });

  it.each([-1, 1.5, 2 ** 31])("refuses the last stream %d", async (lastStreamId) => {
    const { transport } = await open();
    expect(() => transport.goAway({ lastStreamId })).toThrow(UsageError);
  });

  it.each([-1, 1.5, 2 ** 32])("refuses a GOAWAY with the code %d", async (code) => {
    const { transport } = await open();
    expect(() => transport.goAway({ code })).toThrow(UsageError);
  });
});

describe("delays", () => {
  it("pass on the system's clock, and push the sender back meanwhile", async () => {
    const { client, served } = await open({ toServer: { delayMs: 5 } });
    // More than a memory link and the lane hold.
    const large = new Uint8Array(400_000);
    expect(client.write(large)).toBe(false);
    client.end();
    await vi.waitFor(() => expect(served).toContain("end"));
    expect(served.join("").length).toBe(400_000 + "end".length);
  });

  it("of bytes for an end that has gone meanwhile lose them", async () => {
    const wakes: (() => void)[] = [];
    const clock = {
      now: () => wakes.length,
      setTimer: (_ms: number, wake: () => void) => {
        wakes.push(wake);
        return { cancel: () => {} };
      },
    };
    let nowMs = 0;
    clock.now = () => nowMs;
    const { client, server, served } = await open({ toServer: { delayMs: 10 }, clock });
    client.write(bytes("late"));
    await turn();
    server.destroy();
    nowMs = 10;
    for (const wake of wakes) wake();
    await turn();
    expect(served).toEqual(["close"]);
  });
});

describe("at the same moment", () => {
  it("bytes for a true connection that has just gone are lost", async () => {
    const [far] = createMemoryLink();
    const transport = createFaultyTransport(async () => far);
    const client = await transport.connect(undefined);
    const heard = listen(client);
    const written = new Promise<void>((resolve) => client.write(bytes("x"), () => resolve()));
    far.destroy();
    await written;
    await turn();
    expect(heard).toEqual(["close"]);
  });

  it("a reset comes before the error of the true connection", async () => {
    const [far] = createMemoryLink();
    const transport = createFaultyTransport(async () => far);
    const heard = listen(await transport.connect(undefined));
    far.destroy(new Error("no route"));
    transport.reset();
    await turn();
    expect(heard[0]).toContain("told to reset");
    expect(heard.slice(1)).toEqual(["close"]);
  });

  it("a reset from within the write that passes the limit is the only one", async () => {
    const [far] = createMemoryLink();
    const transport = createFaultyTransport(async () => far, { toServer: { resetAfterBytes: 4 } });
    far.write = () => {
      transport.reset();
      return true;
    };
    const client = await transport.connect(undefined);
    const heard = listen(client);
    client.write(bytes("four"));
    await turn();
    expect(heard).toEqual([
      "error read ECONNRESET: the faulty transport was told to reset",
      "close",
    ]);
  });
});
