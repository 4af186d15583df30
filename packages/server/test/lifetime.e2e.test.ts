// How long connections to a server live: silence, idleness, age, PINGs, shutdown, and clients that never begin.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { silentLog, tlsServerCredentials } from "@trunkline/core";
import { connectionMagic, formatSettings } from "@trunkline/http2";
import { afterEach, describe, expect, it } from "vitest";
import { createServer, type Server } from "../src/server.js";
import type { ServerOptions } from "../src/server-options.js";
import { makeCertificates } from "./certificates.js";
import { FramePeer } from "./frame-peer.js";
import { Gate } from "./gate.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { connectTcp, type RawClient } from "./raw-client.js";

const { unary } = TestService.method;
const path = `/${TestService.typeName}/${unary.name}`;
const lastOfAll = 2 ** 31 - 1;
const certificates = makeCertificates();

const servers: Server[] = [];
const peers: { destroy(): unknown }[] = [];
let gate = new Gate();
let isCutOff: Promise<void> = Promise.resolve();

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.destroy();
  for (const server of servers.splice(0)) await server.shutdown({ graceMs: 0 });
  gate = new Gate();
});

/** A server whose method waits at the gate. */
async function start(options: ServerOptions): Promise<{ server: Server; port: number }> {
  const server = createServer({ log: silentLog, ...options });
  server.addService(TestService, {
    unary: async (_request, { signal }) => {
      isCutOff = new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      await gate.wait();
      return { text: "answer" };
    },
  });
  servers.push(server);
  const { port } = await server.listen({ host: "127.0.0.1" });
  return { server, port };
}

async function dial(port: number): Promise<FramePeer> {
  const peer = await FramePeer.dial(port);
  peers.push(peer.socket);
  return peer;
}

async function dialEngine(port: number, limits = {}): Promise<RawClient> {
  const client = await connectTcp(port, "127.0.0.1", limits);
  peers.push({ destroy: () => client.close() });
  return client;
}

/** GOAWAY for all streams, the fence, GOAWAY with the last one. */
async function expectTwoPhases(peer: FramePeer, lastId: number, why: string): Promise<void> {
  expect(await peer.until("GOAWAY")).toBe(`GOAWAY ${lastOfAll} NO_ERROR ${why}`);
  expect(await peer.until("PING")).toBe("PING");
  peer.acknowledge();
  expect(await peer.until("GOAWAY")).toBe(`GOAWAY ${lastId} NO_ERROR ${why}`);
}

describe("maxConnectionIdleMs", () => {
  it("ends a connection that is not used, in two phases", async () => {
    const { server, port } = await start({ limits: { maxConnectionIdleMs: 30 } });
    const peer = (await dial(port)).greet();
    await expectTwoPhases(peer, 0, "max_idle");
    expect(await peer.end()).toEqual([]);
    expect(server.stats()).toMatchObject({ openConnections: 0, limitsBroken: {} });
  });

  it("does not end one with a call, but once that is over", async () => {
    const { port } = await start({ limits: { maxConnectionIdleMs: 30 } });
    const unused = (await dial(port)).greet();
    const used = (await dial(port)).greet().call(1, path);
    await gate.entered;
    // Half a dozen others become idle and go while the call runs.
    await unused.until("GOAWAY");
    for (let i = 0; i < 5; i++) await (await dial(port)).greet().until("GOAWAY");
    used.ping();
    expect(await used.until("")).toBe("PING ACK");
    gate.open();
    expect(await used.until("grpc-status")).toMatch(/^HEADERS 1 .*END$/);
    await expectTwoPhases(used, 1, "max_idle");
  });
});

describe("maxConnectionAgeMs", () => {
  it("ends connections, those made together not in the same order: their ages vary by a tenth", async () => {
    const { port } = await start({ limits: { maxConnectionAgeMs: 300 } });
    const begunMs: number[] = [];
    const order: number[] = [];
    const ages: number[] = [];
    const live = async (i: number): Promise<void> => {
      const peer = await dial(port);
      begunMs[i] = performance.now();
      await peer.greet().until(`GOAWAY ${lastOfAll} NO_ERROR max_age`);
      ages.push(performance.now() - begunMs[i]!);
      order.push(i);
    };
    const numbers = Array.from({ length: 20 }, (_, i) => i);
    await Promise.all(numbers.map(live));
    expect(order).not.toEqual(numbers);
    // The server may see a connection a little before the client does; timers cut fractions off.
    expect(Math.min(...ages)).toBeGreaterThan(250);
  });

  it("leaves calls the grace: those that end in it succeed, the others are cut off", async () => {
    const limits = { maxConnectionAgeMs: 30, maxConnectionAgeGraceMs: 60_000 };
    const patient = (await dial((await start({ limits })).port)).greet().call(1, path);
    await expectTwoPhases(patient, 1, "max_age");
    gate.open();
    expect(await patient.until("grpc-status")).toContain("grpc-status 0");
    expect(await patient.end()).toEqual([]);

    gate = new Gate();
    const short = { ...limits, maxConnectionAgeGraceMs: 30 };
    const { server, port } = await start({ limits: short });
    const slow = (await dial(port)).greet().call(1, path);
    await gate.entered;
    await expectTwoPhases(slow, 1, "max_age");
    await isCutOff;
    expect(await slow.end()).toEqual(["GOAWAY 1 NO_ERROR max_age"]);
    expect(server.stats().openConnections).toBe(0);
  });
});

describe("keepalive of the server", () => {
  const limits = { keepaliveTimeMs: 20, keepaliveTimeoutMs: 40 };

  it("leaves a client that does not answer", async () => {
    const { server, port } = await start({ limits });
    const peer = (await dial(port)).greet().call(1, path);
    await peer.until("PING");
    await isCutOff;
    expect(await peer.end()).toEqual(["GOAWAY 1 NO_ERROR keepalive_timeout"]);
    expect(server.stats()).toMatchObject({
      openConnections: 0,
      limitsBroken: { keepaliveTimeoutMs: 1 },
    });
  });

  it("asks again and again one that answers", async () => {
    const { server, port } = await start({
      limits: { keepaliveTimeMs: 20, keepaliveTimeoutMs: 10_000 },
    });
    const peer = (await dial(port)).greet();
    await peer.until("PING");
    const address = `127.0.0.1:${peer.socket.localPort}`;
    expect(server.connections()).toMatchObject([
      {
        address,
        activeCalls: 0,
        startedCalls: 0,
        failedCalls: 0,
        isDraining: false,
        rttMs: undefined,
        smoothedRttMs: undefined,
        peer: { localAddress: `127.0.0.1:${port}` },
      },
    ]);
    peer.acknowledge();
    for (let i = 0; i < 5; i++) {
      await peer.until("PING");
      peer.acknowledge();
    }
    const [{ rttMs, smoothedRttMs } = {}] = server.connections();
    expect(rttMs).toBeGreaterThan(0);
    expect(smoothedRttMs).toBeGreaterThan(0);
    expect(server.stats()).toMatchObject({ openConnections: 1, limitsBroken: {} });
    expect(server.stats().pingsSent).toBeGreaterThanOrEqual(5);
  });

  it("asks nobody without calls where that is wanted", async () => {
    const { server, port } = await start({ limits: { ...limits, keepaliveWithoutCalls: false } });
    const idle = (await dial(port)).greet();
    const busy = (await dial(port)).greet().call(1, path);
    await busy.end();
    expect(server.stats()).toMatchObject({ openConnections: 1, pingsSent: 1 });
    expect(idle.isClosed).toBe(false);
  });
});

describe("PINGs of clients", () => {
  it("that come too often: two strikes, then too_many_pings", async () => {
    const { server, port } = await start({});
    const peer = (await dial(port)).greet().call(1, path);
    await gate.entered;
    for (let i = 0; i < 3; i++) await peer.ping().until("PING ACK");
    expect(server.stats()).toMatchObject({ openConnections: 1, limitsBroken: {} });
    peer.ping();
    expect(await peer.until("GOAWAY")).toBe("GOAWAY 1 ENHANCE_YOUR_CALM too_many_pings");
    await peer.end();
    await isCutOff;
    expect(server.stats().limitsBroken).toEqual({ maxPingStrikes: 1 });
  });

  it("without calls are taken at minIdlePingIntervalMs, or at minPingIntervalMs where permitted", async () => {
    const { port } = await start({ limits: { minPingIntervalMs: 0 } });
    const strict = (await dial(port)).greet();
    for (let i = 0; i < 4; i++) strict.ping();
    expect(await strict.until("GOAWAY")).toBe("GOAWAY 0 ENHANCE_YOUR_CALM too_many_pings");

    const permitted = { minPingIntervalMs: 0, pingsWithoutCalls: true };
    const other = (await dial((await start({ limits: permitted })).port)).greet();
    for (let i = 0; i < 20; i++) await other.ping().until("PING ACK");
    expect(other.isClosed).toBe(false);
  });

  it("that keep to the interval are no strikes", async () => {
    const { server, port } = await start({
      limits: { minPingIntervalMs: 10, pingsWithoutCalls: true },
    });
    const asking = { keepaliveTimeMs: 40, minKeepaliveTimeMs: 0, keepaliveWithoutCalls: true };
    const client = await dialEngine(port, asking);
    await expect.poll(() => server.stats().pingsReceived).toBeGreaterThan(5);
    expect(client.engine.isClosed).toBe(false);
    expect(server.stats().limitsBroken).toEqual({});
  });
});

describe("shutdown", () => {
  it("says GOAWAY for all, fences, takes what was under way, says the last one, and ends with the last call", async () => {
    const { server, port } = await start({});
    const peer = (await dial(port)).greet().call(1, path);
    await gate.entered;
    const end = server.shutdown({ graceMs: 60_000 });
    expect(await peer.until("GOAWAY")).toBe(`GOAWAY ${lastOfAll} NO_ERROR graceful_stop`);
    await peer.until("PING");
    // Sent before the client has seen the GOAWAY, for all that the server knows.
    peer.call(3, path).acknowledge();
    expect(await peer.until("GOAWAY")).toBe("GOAWAY 3 NO_ERROR graceful_stop");
    peer.call(5, path).ping();
    expect(await peer.until("")).toBe("PING ACK");
    gate.open();
    expect(await peer.until("grpc-status")).toMatch(/^HEADERS 1 .*grpc-status 0.*END/);
    expect(await peer.until("grpc-status")).toMatch(/^HEADERS 3 .*grpc-status 0.*END/);
    expect(await peer.end()).toEqual([]);
    await end;
    expect(server.stats()).toMatchObject({ openConnections: 0, streamsOpened: 2 });
  });

  it("does not wait longer than drainFenceMs for a client that keeps the fence", async () => {
    const { server, port } = await start({ limits: { drainFenceMs: 20 } });
    const peer = (await dial(port)).greet();
    peer.ping();
    await peer.until("PING ACK");
    const end = server.shutdown({ graceMs: 60_000 });
    expect(server.connections()).toMatchObject([{ isDraining: true }]);
    expect(await peer.until("GOAWAY 0")).toBe("GOAWAY 0 NO_ERROR graceful_stop");
    await end;
    expect(server.connections()).toEqual([]);
  });
});

describe("handshakeTimeoutMs", () => {
  const limit = "GOAWAY 0 SETTINGS_TIMEOUT handshakeTimeoutMs: ";

  it.each([
    ["the preface and no SETTINGS", [connectionMagic], "the peer's SETTINGS"],
    ["no ACK of our SETTINGS", [connectionMagic, formatSettings([])], "the ACK of ours"],
    ["half a preface", [connectionMagic.subarray(0, 12)], "the peer's SETTINGS"],
  ])("goes for %s", async (_what, frames, missing) => {
    const { server, port } = await start({ handshakeTimeoutMs: 50 });
    const peer = (await dial(port)).write(...frames);
    expect(await peer.until("GOAWAY")).toBe(`${limit}${missing} did not come within 50 ms`);
    await peer.end();
    expect(server.stats().limitsBroken).toEqual({ handshakeTimeoutMs: 1 });
  });

  it("goes for TLS, and for the preface after it", async () => {
    const { server } = await start({ handshakeTimeoutMs: 200 });
    const credentials = tlsServerCredentials(certificates.server);
    const { port } = await server.listen({ host: "127.0.0.1", credentials });
    const silent = await dial(port);
    await silent.end();
    expect(server.stats()).toMatchObject({ handshakeTimeouts: 1, limitsBroken: {} });
    const socket = connectTls({
      port,
      host: "127.0.0.1",
      ca: certificates.ca,
      ALPNProtocols: ["h2"],
    });
    peers.push(socket);
    const peer = new FramePeer(socket);
    await once(socket, "secureConnect");
    expect(await peer.until("GOAWAY")).toContain("SETTINGS did not come within 200 ms");
    await peer.end();
    expect(server.stats().limitsBroken).toEqual({ handshakeTimeoutMs: 1 });
  });
});

/** The sockets that the server of this process accepts from now on. */
function watchAccepted(): { sockets: Socket[]; stop(): void } {
  const sockets: Socket[] = [];
  const note = (message: unknown): void => {
    sockets.push((message as { socket: Socket }).socket);
  };
  subscribe("net.server.socket", note);
  return { sockets, stop: () => unsubscribe("net.server.socket", note) };
}

/** What runs on the socket between these ports, by /proc/net/tcp: `02` is keepalive. */
function timerOf(localPort: number, remotePort: number): string | undefined {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, "0");
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n")) {
    const [, local, remote, , , timer] = line.trim().split(/\s+/);
    const isIt = local?.endsWith(`:${hex(localPort)}`) && remote?.endsWith(`:${hex(remotePort)}`);
    if (isIt) return timer?.slice(0, 2);
  }
  return undefined;
}

describe.runIf(process.platform === "linux")("an accepted socket", () => {
  it.each([
    ["is kept alive by the system", {}, true],
    ["is left alone where that is wanted", { tcpKeepaliveMs: 0 }, false],
  ])("%s, and never waits to fill a packet", async (_what, options, expected) => {
    const { server, port } = await start(options);
    const tls = tlsServerCredentials(certificates.server);
    const { port: tlsPort } = await server.listen({ host: "127.0.0.1", credentials: tls });
    const accepted = watchAccepted();
    const plainPeer = await dial(port);
    const tlsPeer = await dial(tlsPort);
    for (const [local, { socket }] of [
      [port, plainPeer],
      [tlsPort, tlsPeer],
    ] as const) {
      // Until the last bytes are acknowledged another timer runs.
      await expect
        .poll(() => timerOf(local, socket.localPort!), { interval: 5 })
        .toBe(expected ? "02" : "00");
    }
    accepted.stop();
    expect(accepted.sockets.map(hasNoDelay)).toEqual([true, true]);
  });
});

/** Node.js keeps what it has told the system under a symbol. */
function hasNoDelay(socket: Socket): unknown {
  const symbol = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === "kSetNoDelay",
  );
  return symbol && (socket as unknown as Record<symbol, unknown>)[symbol];
}
