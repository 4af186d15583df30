// Windows that grow with the path, seen in virtual time: what an upload reaches of what the path allows.
import { describe, expect, test } from "vitest";
import type { Connection, StreamSink } from "../contract.js";
import { formatData } from "../frame/data.js";
import { formatPing } from "../frame/ping.js";
import { formatSettings } from "../frame/settings.js";
import { type Path, talk } from "../testing/delay-pipe.js";
import { RecordingSink } from "../testing/recording-sink.js";
import { requestFields, ScriptedPeer } from "../testing/scripted-peer.js";
import { createConnection } from "./create-connection.js";
import type { ConnectionLimits } from "./limits.js";

const chunk = new Uint8Array(65_536);

/** Reads at once, until it stops, and counts. */
class Reader extends RecordingSink {
  connection: Connection | undefined = undefined;
  bytes = 0;
  unread = 0;
  isReading = true;

  override streamOpened(id: number): StreamSink {
    return { ...this.streamSink(() => id), dataReceived: (bytes) => this.#read(id, bytes.length) };
  }

  #read(id: number, size: number): void {
    if (!this.isReading) {
      this.unread += size;
      return;
    }
    this.bytes += size;
    this.connection!.consume(id, size);
  }
}

interface Upload {
  /** The part of the path's bandwidth that was used. */
  readonly share: number;
  readonly windowBytes: number;
  readonly client: Connection;
  readonly server: Connection;
  readonly reader: Reader;
}

/** @param goOn what happens after it; then it is waited until nothing happens any more. */
function upload(
  path: Path,
  total: number,
  limits: Partial<ConnectionLimits> = {},
  goOn?: (client: Connection, reader: Reader) => void,
): Upload {
  const reader = new Reader();
  const server = createConnection({ role: "server", sink: reader, limits, nowMs: 0 });
  reader.connection = server;
  const sink = new RecordingSink();
  const client = createConnection({ role: "client", sink, nowMs: 0 });
  let left = total;
  const push = (): void => {
    while (left > 0) {
      left -= chunk.length;
      if (!client.sendData(1, chunk, left <= 0)) return;
    }
  };
  const stream = { ...sink.streamSink(() => 1), writable: push };
  client.openStream({ fields: requestFields }, false, stream, 0);
  push();
  const tookMs = talk(client, server, path, () => {
    if (reader.bytes < total || !reader.isReading) return false;
    goOn?.(client, reader);
    return goOn === undefined;
  });
  expect(reader.bytes).toBe(total);
  const share = total / path.bytesPerSecond / (tookMs / 1000);
  return { share, windowBytes: server.stats.windowBytes, client, server, reader };
}

describe("an upload over 100 ms", () => {
  const mib = 1 << 20;

  test.each([
    [20, 128],
    [50, 256],
    [100, 1024],
  ])("reaches four fifths of %d MiB/s", (mibPerSecond, mibTotal) => {
    const path = { rttMs: 100, bytesPerSecond: mibPerSecond * mib };
    const { share, windowBytes, client, server } = upload(path, mibTotal * mib);
    expect(share).toBeGreaterThan(0.8);
    expect(windowBytes).toBeLessThanOrEqual(16 * mib);
    // Whoever received nothing but SETTINGS and WINDOW_UPDATE is not asked for a pong without need.
    expect(client.stats.breached ?? server.stats.breached).toBeUndefined();
    expect(client.stats.pingsSent).toBe(0);
  });

  test("gets a few per cent with windows of 64 KiB that stay so", () => {
    const path = { rttMs: 100, bytesPerSecond: 20 * mib };
    const limits = {
      adaptiveWindows: false,
      streamWindowBytes: 65_535,
      connectionWindowBytes: 65_535,
    };
    const { share, windowBytes, server } = upload(path, 4 * mib, limits);
    expect(share).toBeLessThan(0.05);
    expect(share).toBeGreaterThan(0.02);
    expect(windowBytes).toBe(65_535);
    expect(server.stats.pingsSent).toBe(0);
  });

  test("never holds more than 16 MiB, and stops measuring there", () => {
    const path = { rttMs: 100, bytesPerSecond: 400 * mib };
    const { windowBytes, server } = upload(path, 512 * mib);
    expect(windowBytes).toBe(16 * mib);
    expect(server.stats.pingsSent).toBeLessThan(30);
  });

  test("holds no more than 16 MiB of unread DATA of all streams, however large the windows have become", () => {
    const path = { rttMs: 100, bytesPerSecond: 400 * mib };
    const sink = new RecordingSink();
    const flood = (client: Connection, reader: Reader): void => {
      reader.isReading = false;
      for (let i = 0; i < 20; i++) {
        const stream = sink.streamSink(() => 0);
        const id = client.openStream({ fields: requestFields }, false, stream, 0);
        client.sendData(id, new Uint8Array(4 * mib), true);
      }
    };
    const { client, server, reader } = upload(path, 512 * mib, {}, flood);
    expect(server.stats.windowBytes).toBe(16 * mib);
    expect(reader.unread).toBeLessThanOrEqual(16 * mib);
    // Nor much less: what is not credited is below a quarter of the window.
    expect(reader.unread).toBeGreaterThan(12 * mib);
    expect(client.stats.queuedBytes).toBe(80 * mib - reader.unread);
    expect(server.stats.unreadPauses).toBeGreaterThan(0);
    expect(client.stats.breached ?? server.stats.breached).toBeUndefined();
  });

  test("over a path that is short enough changes nothing", () => {
    const { windowBytes, server } = upload({ rttMs: 0.2, bytesPerSecond: 1024 * mib }, 64 * mib);
    expect(windowBytes).toBe(mib);
    expect(server.stats.rttMs).toBeCloseTo(0.2, 0);
  });
});

describe("PINGs that measure", () => {
  const kib16 = new Uint8Array(16_384);

  test("follow a WINDOW_UPDATE, and only DATA that came since the last one", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1));
    for (let i = 0; i < 16; i++) peer.sends(formatData(1, kib16));
    expect(peer.shows()).toEqual(["WINDOW_UPDATE 0 +262144", "PING 84 82 78 75 0 0 0 1"]);
    for (let i = 0; i < 16; i++) peer.sends(formatData(1, kib16));
    expect(peer.shows()).toEqual(["WINDOW_UPDATE 0 +262144"]);
  });

  test("make windows grow for the streams that are open and those to come", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1));
    peer.sink.hook = (id, _, bytes) => peer.connection.consume(id, bytes);
    for (let i = 0; i < 64; i++) peer.sends(formatData(1, kib16));
    peer.shows();
    peer.nowMs = 100;
    peer.sends(formatPing(Uint8Array.of(84, 82, 78, 75, 0, 0, 0, 1), true));
    expect(peer.shows()).toEqual([
      "SETTINGS 4=1572864",
      "WINDOW_UPDATE 0 +524288",
      "PING 84 82 78 75 0 0 0 2",
    ]);
    expect(peer.connection.stats.windowBytes).toBe(1_572_864);
    peer.sends(formatSettings([], true));
    expect(peer.connection.wakeAt()).toBe(7_200_000);
  });

  test("do not when nobody reads", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1));
    for (let i = 0; i < 64; i++) peer.sends(formatData(1, kib16));
    peer.shows();
    peer.nowMs = 100;
    peer.sends(formatPing(Uint8Array.of(84, 82, 78, 75, 0, 0, 0, 1), true));
    expect(peer.shows()).toEqual([]);
    expect(peer.connection.stats.windowBytes).toBe(1_048_576);
  });
});
