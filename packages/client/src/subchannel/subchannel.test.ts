// A subchannel with a scripted connector and a clock that the test turns.

import type { ConnectionInfo } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AttemptReceiver, Transport, TransportListener } from "../transport/transport.js";
import type { Connector } from "./connector.js";
import { type ConnectivityState, canFollow, ConnectivityState as State } from "./state.js";
import { Subchannel } from "./subchannel.js";
import type { SubchannelConnection } from "./subchannel-connection.js";
import { SubchannelHandle, type SubchannelHost } from "./subchannel-handle.js";

interface Attempt {
  readonly listener: TransportListener;
  readonly signal: AbortSignal;
  succeed(): FakeTransport;
  fail(message: string): void;
}

class FakeTransport implements Transport {
  readonly peer = "peer";
  readonly maxConcurrentCalls = 1;
  readonly ended: Promise<void> = Promise.resolve();
  isOpen = true;
  drained = 0;
  started = 0;
  start(): boolean {
    this.started++;
    return true;
  }
  describe(): ConnectionInfo {
    throw new Error("nobody asks");
  }
  drain(): void {
    this.drained++;
  }
  close(): void {}
  cancelCalls(): void {}
  hasCallsOf(): boolean {
    return false;
  }
}

class Bench {
  readonly clock = new FakeClock();
  readonly attempts: Attempt[] = [];
  readonly states: ConnectivityState[] = [];
  readonly transports = new Set<SubchannelConnection>();
  readonly subchannel: SubchannelHandle;

  get canStart(): boolean {
    return this.subchannel.start({} as AttemptReceiver);
  }

  constructor() {
    const connector: Connector = (_address, listener, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        this.attempts.push({
          listener,
          signal,
          succeed: () => {
            const transport = new FakeTransport();
            resolve(transport);
            return transport;
          },
          fail: (message) => reject(new Error(message)),
        });
      });
    const host: SubchannelHost = {
      owner: {},
      maxConnectionsPerSubchannel: 1,
      watchHealth: () => {
        throw new Error("nobody asks");
      },
      waitForStream: () => {},
      drain: () => {},
      pickAgain: () => {},
      stateChanged: () => {},
      attemptFailed: () => {},
      connectionLost: () => {},
      connectionOpened: (connection) => this.transports.add(connection),
      connectionClosed: (connection) => this.transports.delete(connection),
    };
    const { clock } = this;
    const settings = { clock, connector, connectTimeoutMs: 20_000, backoff: { jitter: 0 } };
    const subchannel = new Subchannel({ kind: "tcp", host: "10.0.0.1", port: 1 }, settings);
    this.subchannel = new SubchannelHandle(subchannel, host, () => {
      this.states.push(this.subchannel.state);
    });
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await Promise.resolve();
  }
}

describe("Subchannel", () => {
  it("connects once when asked, and is READY with the transport", async () => {
    const bench = new Bench();
    bench.subchannel.connect();
    bench.subchannel.connect();
    expect(bench.attempts.length).toBe(1);
    const transport = bench.attempts[0]!.succeed();
    await settle();
    expect(bench.states).toEqual(["CONNECTING", "READY"]);
    expect(transport.started).toBe(0);
    expect(bench.subchannel.start({} as AttemptReceiver)).toBe(true);
    expect(transport.started).toBe(1);
    expect(bench.clock.pending).toEqual([]);
  });

  it("connects again at once when the server's first words are a goodbye", async () => {
    const bench = new Bench();
    bench.subchannel.connect();
    const stillborn = bench.attempts[0]!.succeed();
    stillborn.isOpen = false;
    await settle();
    expect([bench.attempts.length, stillborn.drained]).toEqual([2, 1]);
    const transport = bench.attempts[1]!.succeed();
    await settle();
    expect(bench.states).toEqual(["CONNECTING", "READY"]);
    bench.attempts[0]!.listener.closed(new Error("gone"));
    expect(bench.states).toEqual(["CONNECTING", "READY"]);
    expect([bench.canStart, transport.started]).toEqual([true, 1]);
  });

  it("backs off after four goodbyes in a row", async () => {
    const bench = new Bench();
    bench.subchannel.connect();
    for (let index = 0; index < 4; index++) {
      bench.attempts[index]!.succeed().isOpen = false;
      await settle();
    }
    expect(bench.states).toEqual(["CONNECTING", "TRANSIENT_FAILURE"]);
    expect(bench.subchannel.lastError?.message).toBe(
      "10.0.0.1:1 closed the connection right after its SETTINGS, 4 times in a row",
    );
  });

  it("backs off from the start of the attempt, longer each time", async () => {
    const bench = new Bench();
    bench.subchannel.connect();
    bench.clock.advance(400);
    bench.attempts[0]!.fail("ECONNREFUSED");
    await settle();
    expect(bench.subchannel.state).toBe("TRANSIENT_FAILURE");
    expect(bench.subchannel.lastError?.message).toBe("ECONNREFUSED");
    expect(bench.clock.pending).toEqual([600]);
    bench.clock.advance(600);
    expect(bench.subchannel.state).toBe("IDLE");
    bench.subchannel.connect();
    bench.attempts[1]!.fail("again");
    await settle();
    expect(bench.clock.pending).toEqual([1600]);
  });

  it("gives an attempt up after the connect timeout", async () => {
    const bench = new Bench();
    bench.subchannel.connect();
    bench.clock.advance(20_000);
    await settle();
    expect(bench.attempts[0]!.signal.aborted).toBe(true);
    expect(bench.subchannel.lastError?.message).toMatch(
      /SETTINGS came from 10\.0\.0\.1:1 within the connect timeout of 20000 ms/,
    );
  });

  it("is IDLE after the loss of its connection, and begins its backoff anew", async () => {
    const bench = new Bench();
    bench.subchannel.connect();
    bench.attempts[0]!.fail("x");
    await settle();
    bench.clock.advance(1000);
    bench.subchannel.connect();
    bench.attempts[1]!.succeed();
    await settle();
    expect(bench.transports.size).toBe(1);
    bench.attempts[1]!.listener.closed(new Error("ECONNRESET"));
    expect([bench.subchannel.state, bench.canStart, bench.transports.size]).toEqual([
      "IDLE",
      false,
      0,
    ]);
    bench.subchannel.connect();
    bench.attempts[2]!.fail("y");
    await settle();
    expect(bench.clock.pending).toEqual([1000]);
  });

  it("lets go of a draining connection, but keeps it known until it is closed", async () => {
    const bench = new Bench();
    bench.subchannel.connect();
    bench.attempts[0]!.succeed();
    await settle();
    bench.attempts[0]!.listener.draining("GOAWAY");
    expect(bench.subchannel.state).toBe("IDLE");
    expect(bench.transports.size).toBe(1);
    bench.attempts[0]!.listener.closed(new Error("drained"));
    expect(bench.transports.size).toBe(0);
    expect(bench.states).toEqual(["CONNECTING", "READY", "IDLE"]);
  });

  it("drains its connection when released, and aborts its attempt", async () => {
    const bench = new Bench();
    bench.subchannel.connect();
    const transport = bench.attempts[0]!.succeed();
    await settle();
    bench.subchannel.release();
    bench.subchannel.release();
    expect([bench.subchannel.state, transport.drained]).toEqual(["SHUTDOWN", 1]);
    const other = new Bench();
    other.subchannel.connect();
    other.subchannel.release();
    await settle();
    expect(other.attempts[0]!.signal.aborted).toBe(true);
    expect(other.clock.pending).toEqual([]);
  });

  it("only ever goes where the table allows, whatever happens to it", async () => {
    const event = fc.constantFrom(
      "connect",
      "succeed",
      "fail",
      "wait",
      "drain",
      "close",
      "release",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
        const bench = new Bench();
        for (const name of events) {
          const last = bench.attempts.at(-1);
          if (name === "connect") bench.subchannel.connect();
          if (name === "succeed") last?.succeed();
          if (name === "fail") last?.fail("x");
          if (name === "wait") bench.clock.advance(200_000);
          if (name === "drain") last?.listener.draining("x");
          if (name === "close") last?.listener.closed(new Error("x"));
          if (name === "release") bench.subchannel.release();
          await settle();
        }
        const path: ConnectivityState[] = [State.IDLE, ...bench.states];
        for (let i = 1; i < path.length; i++) {
          expect(canFollow(path[i - 1]!, path[i]!)).toBe(true);
        }
        expect(bench.canStart).toBe(bench.subchannel.state === State.READY);
      }),
      { numRuns: 200 },
    );
  });
});
