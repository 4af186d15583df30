// How long connections live: stream ids that run out, servers that are asked too often, peers that speak something else.
import { readFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type LogFields, stderrLog } from "@trunkline/core";
import { afterEach, describe, expect, it } from "vitest";
import { Code, createChannel, tlsChannelCredentials } from "../src/index.js";
import { closeAll, connect, opened, reply, serve } from "./connected-client.js";
import { answerWith } from "./raw-server.js";
import { failureOf } from "./rpc-failure.js";

afterEach(closeAll);

describe("stream ids", () => {
  it("that run out lead to a new connection, and no call fails", async () => {
    const server = serve(answerWith(reply));
    const { client } = connect(await server.listen(), { limits: { maxStreamId: 9 } });
    for (let i = 0; i < 10; i++) await client.unary({});
    expect(server.connections.length).toBe(2);
    const together = Array.from({ length: 100 }, () => client.unary({}));
    expect(await Promise.all(together)).toHaveLength(100);
    expect(server.connections.length).toBe(22);
    expect(Math.max(...server.streams.map(({ id }) => id))).toBe(9);
  });

  it("that run out while a long call has the last one hold up nobody", async () => {
    const answer = answerWith(reply);
    const server = serve((stream, raw) => {
      if (stream !== raw.streams[1]) answer(stream, raw);
    });
    const { client } = connect(await server.listen(), { limits: { maxStreamId: 3 } });
    await client.unary({});
    const long = client.unary({});
    await server.until(() => server.streams[1]?.isEnded === true);
    for (let i = 0; i < 3; i++) await client.unary({});
    expect(server.streams.map(({ id }) => id)).toEqual([1, 3, 1, 3, 1]);
    server.streams[1]!.head().message(reply).trailers();
    await expect(long).resolves.toMatchObject({ text: "hello" });
  });
});

describe("keepalive", () => {
  const asking = { minKeepaliveTimeMs: 0, keepaliveTimeMs: 5, keepaliveWithoutCalls: true };

  it("asks without calls where the server permits it", async () => {
    const server = serve(answerWith(reply), { pingsWithoutCalls: true, minPingIntervalMs: 0 });
    const { channel, client } = connect(await server.listen(), { limits: asking });
    expect(channel.connections()).toEqual([]);
    await client.unary({});
    const [connection] = server.connections;
    while (connection!.stats.pingsReceived < 10) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(channel.state).toBe("READY");
    const [info, ...others] = channel.connections();
    expect(others).toEqual([]);
    expect(info).toMatchObject({ address: channel.target, activeCalls: 0, isDraining: false });
    expect(info!.rttMs).toBeGreaterThan(0);
    expect(info!.smoothedRttMs).toBeGreaterThan(0);
    await channel.close();
    expect(channel.connections()).toEqual([]);
  });

  it("is told that it is too much, and takes twice as long on the next connections", async () => {
    const told: LogFields[] = [];
    let heard: () => void = () => {};
    const warned = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const log = {
      ...stderrLog,
      warn: (_message: string, fields: LogFields = {}) => {
        told.push(fields);
        heard();
      },
    };
    const server = serve(answerWith(reply));
    const { client } = connect(await server.listen(), { limits: asking, log });
    await client.unary({});
    await warned;
    expect(told[0]).toMatchObject({ keepaliveTimeMs: 10 });
    expect(server.connections[0]!.stats.breached).toBe("maxPingStrikes");
    await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
  });
});

describe("a TLS peer", () => {
  const fixture = (name: string): string =>
    readFileSync(new URL(`../../http2/test/fixtures/${name}`, import.meta.url), "utf8");
  const pem = (name: string): string => {
    const match = new RegExp(`-----BEGIN ${name}[^]*?-----END ${name}-----`);
    return match.exec(fixture("certificate.ts"))![0];
  };

  it.each([
    [
      "agrees to no protocol",
      {},
      /does not speak HTTP\/2: offered ALPN "h2", it chose no protocol/,
    ],
    ["wants another one", { ALPNProtocols: ["http/1.1"] }, /does not speak HTTP\/2/],
  ])("that %s is told apart", async (_what, options, message) => {
    const key = pem("(?:EC |RSA )?PRIVATE KEY");
    const cert = pem("CERTIFICATE");
    const sockets: Socket[] = [];
    const server = createTlsServer({ key, cert, ...options });
    server.on("connection", (socket: Socket) => sockets.push(socket));
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    opened.push({
      close: () => {
        for (const socket of sockets) socket.destroy();
        return new Promise((resolve) => server.close(resolve));
      },
    });
    const { port } = server.address() as AddressInfo;
    const credentials = tlsChannelCredentials({ ca: cert, serverName: "localhost" });
    const { client } = connect(`127.0.0.1:${port}`, { credentials });
    const error = await failureOf(client.unary({}));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toMatch(message);
  });
});

/** From /proc/net/tcp: whether the timer of the socket between these ports is the one of keepalive. */
function isKeptAlive(localPort: number, remotePort: number): boolean {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, "0");
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  const line = lines.find((text) => {
    const [, local = "", remote = ""] = text.trim().split(/\s+/);
    return local.endsWith(`:${hex(localPort)}`) && remote.endsWith(`:${hex(remotePort)}`);
  });
  return line?.trim().split(/\s+/)[5]?.startsWith("02:") ?? false;
}

describe.runIf(process.platform === "linux")("the TCP connection", () => {
  it.each([
    ["is kept alive by the system", {}, true],
    ["is left alone where that is wanted", { tcpKeepaliveMs: 0 }, false],
  ])("%s", async (_what, options, expected) => {
    const server = serve(answerWith(reply));
    const { client } = connect(await server.listen(), options);
    await client.unary({});
    const { localPort, remotePort } = server.duplexes[0] as Socket;
    // Until the last bytes are acknowledged another timer runs.
    for (let i = 0; i < 2000 && isKeptAlive(remotePort!, localPort!) !== expected; i++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(isKeptAlive(remotePort!, localPort!)).toBe(expected);
  });

  it.each([-1, 999, 1.5, 2 ** 31, Number.NaN])("is not kept alive with %d", (tcpKeepaliveMs) => {
    expect(() => createChannel("localhost:1", { tcpKeepaliveMs })).toThrow(
      /option tcpKeepaliveMs is .*; it must be 0, or a whole number from 1000/,
    );
  });
});
