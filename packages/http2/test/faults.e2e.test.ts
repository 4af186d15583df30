// What may go wrong around a bound connection: transports that break, peers that do not read, applications that throw.
import { Duplex } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import {
  bindDuplex,
  type Connection,
  type ConnectionCloseReason,
  type ConnectionLimits,
  createMemoryPair,
  formatHeaders,
  formatPing,
  formatRstStream,
  formatSettings,
  formatWindowUpdate,
  type Sink,
  type StreamSink,
} from "../src/index.js";
import { type Deferred, defer, echoSink, request, sinkWith } from "./echo.js";

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** `:method: POST`, `:scheme: http` and `:path: /`, all from the static table. */
const block = Uint8Array.of(0x83, 0x86, 0x84);
const pingOctets = new Uint8Array(8);

const duplexes: Duplex[] = [];
afterEach(() => {
  for (const duplex of duplexes.splice(0)) duplex.destroy();
});

function makePair(): [Duplex, Duplex] {
  const pair = createMemoryPair();
  duplexes.push(...pair);
  return pair;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const closeOf = (duplex: Duplex): Promise<void> =>
  new Promise((resolve) => duplex.once("close", resolve));

const quietStream: StreamSink = {
  headersReceived() {},
  dataReceived() {},
  trailersReceived() {},
  streamReset() {},
  writable() {},
};

interface Bound {
  readonly connection: Connection;
  readonly closed: Deferred<ConnectionCloseReason>;
}

function bindEcho(duplex: Duplex, limits: Partial<ConnectionLimits> = {}): Bound {
  const closed = defer<ConnectionCloseReason>();
  const connection: Connection = bindDuplex(duplex, {
    role: "server",
    limits,
    sink: echoSink(() => connection, closed.resolve),
  });
  return { connection, closed };
}

/** Speaks HTTP/2 by hand: the preface, then what is given. */
function speak(duplex: Duplex, ...frames: Uint8Array[]): void {
  duplex.write(Buffer.concat([preface, formatSettings([]), ...frames]));
}

describe("the transport", () => {
  test("breaks with an error, which is the cause of the end", async () => {
    const [, far] = makePair();
    const { closed } = bindEcho(far);
    const error = new Error("no route");
    far.destroy(error);
    expect(await closed.promise).toMatchObject({ source: "transport", cause: error });
  });

  test("was gone before it was bound: the end comes later", async () => {
    const [, far] = makePair();
    far.destroy();
    const { connection, closed } = bindEcho(far);
    expect(connection.isClosed).toBe(false);
    expect((await closed.promise).source).toBe("transport");
  });

  test("closes while it takes nothing: what waits for it is dropped", async () => {
    const stuck = new Duplex({ highWaterMark: 10, read() {}, write() {} });
    duplexes.push(stuck);
    const { connection, closed } = bindEcho(stuck);
    await turn();
    expect(stuck.writableNeedDrain).toBe(true);
    stuck.push(Buffer.concat([preface, formatSettings([]), formatPing(pingOctets)]));
    while (connection.stats.pingsReceived === 0) await turn();
    expect(connection.pendingBytes).toBeGreaterThan(0);
    const gone = closeOf(stuck);
    stuck.destroy();
    expect((await closed.promise).source).toBe("transport");
    await gone;
    await turn();
    expect(connection.pendingBytes).toBe(0);
  });
});

describe("a peer", () => {
  test("that does not read its answers is not read from, until it does", async () => {
    const [near, far] = makePair();
    const unlimited = Number.POSITIVE_INFINITY;
    const { connection } = bindEcho(far, { maxPingStrikes: unlimited, pingBurst: unlimited });
    const pings = Buffer.concat(Array.from({ length: 50 }, () => formatPing(pingOctets)));
    speak(near);
    // Answers fill the pair before they pile up in the connection.
    for (let i = 0; i < 200 && !far.isPaused(); i++) {
      near.write(pings);
      await turn();
    }
    expect(far.isPaused()).toBe(true);
    expect(connection.isCongested).toBe(true);
    near.resume();
    for (let i = 0; i < 200 && far.isPaused(); i++) await turn();
    expect(far.isPaused()).toBe(false);
    expect([connection.isCongested, connection.isClosed]).toEqual([false, false]);
  });

  test("that floods on after the end is cut off", async () => {
    const [near, far] = makePair();
    const { connection, closed } = bindEcho(far);
    near.on("error", () => {});
    speak(near);
    await turn();
    connection.goAway(0);
    await closed.promise;
    const gone = closeOf(far);
    let isGone = false;
    void gone.then(() => {
      isGone = true;
    });
    let sent = 0;
    while (!isGone && sent < 20_000_000) {
      near.write(new Uint8Array(65_536));
      sent += 65_536;
      await turn();
    }
    expect(isGone).toBe(true);
    expect(sent).toBeGreaterThan(8_388_608);
    expect(sent).toBeLessThan(9_500_000);
  });

  test("makes room by a reset: those who had to wait are told, though nothing is to be written", async () => {
    const [near, far] = makePair();
    near.resume();
    const client = bindDuplex(far, {
      role: "client",
      sink: sinkWith(() => {}),
      limits: { connectionHighWaterBytes: 10_000 },
    });
    const told = defer<void>();
    near.write(Buffer.concat([formatSettings([4, 1_000_000]), formatSettings([], true)]));
    await turn();
    const first = client.openStream(request, false, quietStream, 0);
    client.sendData(first, new Uint8Array(100_000), false);
    const waiting = { ...quietStream, writable: () => told.resolve() };
    const second = client.openStream(request, false, waiting, 0);
    await turn();
    expect(client.sendData(second, new Uint8Array(10), false)).toBe(false);
    client.resetStream(second, 8);
    const third = client.openStream(request, false, waiting, 0);
    expect(client.sendData(third, new Uint8Array(0), false)).toBe(false);
    await turn();
    near.write(formatRstStream(first, 8));
    await told.promise;
  });
});

describe("an application that throws", () => {
  async function warningOf(act: () => void): Promise<string> {
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    act();
    return (await warned).message;
  }

  function bindServer(duplex: Duplex, sink: Partial<Sink>): Connection {
    return bindDuplex(duplex, { role: "server", sink: { ...sinkWith(() => {}), ...sink } });
  }

  const throws = (what: unknown) => (): never => {
    throw what;
  };

  test("what is no Error is told as text", async () => {
    const [near, far] = makePair();
    bindServer(far, { streamOpened: throws("words") });
    const warning = await warningOf(() => speak(near, formatHeaders(1, block, 0x5)));
    expect(warning).toContain("words");
  });

  test("again, while it is told of the end: the transport goes", async () => {
    const [near, far] = makePair();
    const gone = closeOf(far);
    bindServer(far, {
      streamOpened: throws(new Error("first")),
      closed: throws(new Error("second")),
    });
    const warning = await warningOf(() => speak(near, formatHeaders(1, block, 0x5)));
    expect(warning).toContain("first");
    await gone;
  });

  test("when the transport ends", async () => {
    const [near, far] = makePair();
    const sink = { ...quietStream, streamReset: throws(new Error("at the end")) };
    const opened = defer<void>();
    bindServer(far, {
      streamOpened: () => {
        opened.resolve();
        return sink;
      },
    });
    speak(near, formatHeaders(1, block, 0x5));
    await opened.promise;
    expect(await warningOf(() => near.destroy())).toContain("at the end");
  });

  test("in a later turn", async () => {
    const [near, far] = makePair();
    let count = 0;
    bindServer(far, {
      streamOpened: () => {
        if (++count > 40) throw new Error("the 41st");
        return quietStream;
      },
    });
    const heads = Array.from({ length: 50 }, (_, i) => formatHeaders(2 * i + 1, block, 0x5));
    expect(await warningOf(() => speak(near, ...heads))).toContain("the 41st");
  });

  test("when it may write again", async () => {
    const [near, far] = makePair();
    const sink = { ...quietStream, writable: throws(new Error("no more")) };
    const opened = defer<number>();
    const connection = bindServer(far, {
      streamOpened: (id) => {
        opened.resolve(id);
        return sink;
      },
    });
    const windows = [formatSettings([4, 1_000_000]), formatWindowUpdate(0, 1_000_000)];
    speak(near, ...windows, formatHeaders(1, block, 0x5));
    const id = await opened.promise;
    connection.sendHeaders(id, { fields: [":status", "200"] }, false);
    // The first goes to the transport, the second has to wait for it.
    connection.sendData(id, new Uint8Array(200_000), false);
    expect(connection.sendData(id, new Uint8Array(600_000), false)).toBe(false);
    expect(await warningOf(() => near.resume())).toContain("no more");
  });
});

describe("one end of a memory pair", () => {
  test("takes writes and an end for a peer that is gone, as a socket does for a while", async () => {
    const [near, far] = makePair();
    far.destroy();
    await new Promise<void>((resolve, reject) => {
      near.write("x", (error) => (error ? reject(error) : resolve()));
    });
    await new Promise<void>((resolve) => near.end(resolve));
    expect(near.writableFinished).toBe(true);
  });
});
