// Channels that connect in the very same way share connections; every option that a connection can tell keeps them apart.
import { FakeClock } from "@trunkline/core/testing";
import { afterEach, describe, expect, it } from "vitest";
import {
  type ChannelOptions,
  Code,
  createChannel,
  silentLog,
  tlsChannelCredentials,
} from "../src/index.js";
import { sharedSubchannelPool } from "../src/subchannel/subchannel-pool.js";
import { connectionKey } from "../src/transport/node/connection-key.js";
import { closeAll, connect, reply, serve } from "./connected-client.js";
import { answerWith, type Script } from "./raw-server.js";
import { failureOf } from "./rpc-failure.js";

afterEach(async () => {
  await closeAll();
  expect(sharedSubchannelPool().size).toBe(0);
});

const pem = (what: string, text = "AA=="): string =>
  `-----BEGIN ${what}-----\n${text}\n-----END ${what}-----\n`;
const cert = pem("CERTIFICATE");
const key = pem("PRIVATE KEY");
const dial = (): never => {
  throw new Error("not dialled");
};

/** Answers at once, but for the first call of each connection if that is wanted. */
function holdFirst(): Script {
  const answer = answerWith(reply);
  return (stream, raw) => {
    if (stream !== raw.streams[0]) answer(stream, raw);
  };
}

describe("shared connections", () => {
  it("are used by channels of the same options, and stay for the others when one is closed", async () => {
    const server = serve(answerWith(reply));
    const target = await server.listen();
    const one = connect(target);
    const other = connect(target, { idleTimeoutMs: 1000, serviceConfig: {}, maxQueuedCalls: 5 });
    await one.client.unary({});
    await other.client.unary({});
    expect(server.connections.length).toBe(1);
    expect(one.channel.connections()).toEqual(other.channel.connections());
    await one.channel.close();
    expect([one.channel.connections(), other.channel.connections().length]).toEqual([[], 1]);
    await other.client.unary({});
    expect([server.connections.length, server.connections[0]!.isDraining]).toEqual([1, false]);
    await other.channel.close();
    await server.until(() => server.connections[0]!.isClosed);
  });

  it("end only the calls of the channel that is closed", async () => {
    const server = serve(holdFirst());
    const target = await server.listen();
    const one = connect(target);
    const other = connect(target);
    const held = failureOf(one.client.unary({}));
    await server.until(() => server.streams[0]?.isEnded === true);
    await other.client.unary({});
    await one.channel.close();
    expect(await held).toMatchObject({ code: Code.CANCELLED });
    expect((await held).message).toContain("was closed while the call was under way");
    await server.until(() => server.streams[0]!.reset !== undefined);
    await other.client.unary({});
    expect(server.connections.length).toBe(1);
  });

  it("let the calls of a closed channel finish within its grace", async () => {
    const server = serve(holdFirst());
    const target = await server.listen();
    const one = connect(target);
    const other = connect(target);
    const held = one.client.unary({});
    await server.until(() => server.streams[0]?.isEnded === true);
    await other.client.unary({});
    const closed = one.channel.close({ graceMs: 60_000 });
    server.streams[0]!.head().message(reply).trailers();
    await held;
    await closed;
    await other.client.unary({});
    expect(server.connections.length).toBe(1);
  });

  it("are not used where that is not wanted", async () => {
    const server = serve(answerWith(reply));
    const target = await server.listen();
    for (const shareConnections of [false, false, true]) {
      await connect(target, { shareConnections }).client.unary({});
    }
    expect(server.connections.length).toBe(3);
    expect(() => createChannel(target, { shareConnections: 1 as never })).toThrow(
      "option shareConnections is 1; it must be true or false",
    );
  });

  it.each<[string, ChannelOptions]>([
    ["user agent", { userAgent: "other" }],
    ["authority", { authority: "other" }],
    ["keepalive", { limits: { keepaliveTimeMs: 60_000 } }],
    ["HTTP/2 limits", { limits: { maxStreamId: 99 } }],
    ["TCP keepalive", { tcpKeepaliveMs: 5000 }],
    ["limit of header lists", { maxHeaderListBytes: 20_000 }],
    ["backoff", { backoff: { initialMs: 50 } }],
    ["time to connect", { connectTimeoutMs: 500 }],
    ["compression", { compression: "gzip" }],
    ["log", { log: { ...silentLog } }],
    ["keeping the process alive", { keepsProcessAlive: false }],
  ])("do not cross another %s", async (_what, options) => {
    const server = serve(answerWith(reply));
    const target = await server.listen();
    await connect(target).client.unary({});
    await connect(target, options).client.unary({});
    await connect(target, structuredCloneOf(options)).client.unary({});
    expect(server.connections.length).toBe(2);
  });
});

/** The same options in other objects; functions stay what they are. */
function structuredCloneOf(options: ChannelOptions): ChannelOptions {
  return options.limits === undefined
    ? { ...options }
    : { ...options, limits: { ...options.limits } };
}

describe("what connections depend on", () => {
  const derived = { authority: "localhost:1", scheme: "https" };
  const keyOf = (options: ChannelOptions, more = derived): string => connectionKey(options, more);
  const tls = { ca: cert, cert, key };

  it.each<[string, ChannelOptions, ChannelOptions]>([
    ["TLS or not", {}, { credentials: tlsChannelCredentials() }],
    [
      "CA",
      { credentials: tlsChannelCredentials(tls) },
      { credentials: tlsChannelCredentials({ ...tls, ca: pem("CERTIFICATE", "BB==") }) },
    ],
    [
      "certificate",
      { credentials: tlsChannelCredentials(tls) },
      { credentials: tlsChannelCredentials({ ...tls, cert: pem("CERTIFICATE", "BB==") }) },
    ],
    [
      "key",
      { credentials: tlsChannelCredentials(tls) },
      { credentials: tlsChannelCredentials({ ...tls, key: pem("PRIVATE KEY", "BB==") }) },
    ],
    [
      "passphrase",
      { credentials: tlsChannelCredentials(tls) },
      { credentials: tlsChannelCredentials({ ...tls, passphrase: "x" }) },
    ],
    [
      "server name",
      { credentials: tlsChannelCredentials(tls) },
      { credentials: tlsChannelCredentials({ ...tls, serverName: "x" }) },
    ],
    [
      "verification",
      { credentials: tlsChannelCredentials(tls) },
      { credentials: tlsChannelCredentials({ ...tls, verify: false }) },
    ],
    [
      "further verification",
      { credentials: tlsChannelCredentials({ ...tls, verifyServer: () => undefined }) },
      { credentials: tlsChannelCredentials({ ...tls, verifyServer: () => undefined }) },
    ],
    [
      "TLS version",
      { credentials: tlsChannelCredentials(tls) },
      { credentials: tlsChannelCredentials({ ...tls, minVersion: "TLSv1.3" }) },
    ],
    ["dialer", { connect: dial }, { connect: () => dial() }],
    ["clock", { clock: new FakeClock() }, { clock: new FakeClock() }],
    ["what is not known yet", { proxy: "a" } as ChannelOptions, { proxy: "b" } as ChannelOptions],
  ])("%s", (_what, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
    expect(keyOf(one)).toBe(keyOf({ ...one }));
  });

  it("the authority that certificates are checked against", () => {
    expect(keyOf({})).not.toBe(keyOf({}, { ...derived, authority: "localhost:2" }));
  });

  it("contents of credentials, not their identity", () => {
    const bytes = new TextEncoder().encode(cert);
    const read = (): ChannelOptions => ({
      credentials: tlsChannelCredentials({ ca: bytes.slice() }),
    });
    expect(keyOf(read())).toBe(keyOf(read()));
    const key = keyOf(read());
    bytes[30] = 66;
    expect(keyOf(read())).not.toBe(key);
  });

  it("nothing that calls alone can tell", () => {
    expect(
      keyOf({
        defaultTimeoutMs: 5,
        interceptors: [],
        maxSendMessageBytes: 1,
        healthChecking: false,
      }),
    ).toBe(keyOf({}));
  });
});
