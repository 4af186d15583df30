// Connecting over real sockets and in memory: waiting, failing fast, healing, addresses, ends.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, connect as netConnect, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Code, createChannel, silentLog, UsageError } from "../src/index.js";
import { closeAll, connect, opened, reply, serve } from "./connected-client.js";
import { answerWith, type RawServer } from "./raw-server.js";
import { failureOf } from "./rpc-failure.js";

/** A listener that never speaks HTTP/2; `host:port`. */
async function listenRaw(accept: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push({
    close: () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** A port on which nobody listens. */
async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

/** A server that says hello at an address of which nobody knew that it would come. */
async function serveAt(address: string): Promise<RawServer> {
  const server = serve(answerWith(reply));
  const listener = createServer((socket) => server.accept(socket));
  await new Promise<void>((resolve) =>
    listener.listen(Number(address.split(":")[1]), "127.0.0.1", resolve),
  );
  opened.push({ close: () => new Promise((resolve) => listener.close(resolve)) });
  return server;
}

afterEach(closeAll);

describe("connecting", () => {
  it("is lazy", async () => {
    const server = serve(answerWith(reply));
    const { channel, client } = connect(await server.listen());
    expect(channel.state).toBe("IDLE");
    expect(server.connections.length).toBe(0);
    await client.unary({});
    expect(channel.state).toBe("READY");
    expect(server.connections.length).toBe(1);
  });

  it("may be asked for", async () => {
    const server = serve(answerWith(reply));
    const { channel } = connect(`dns:///${await server.listen()}`);
    channel.connect();
    await server.until(() => server.connections.length === 1 || channel.state === "READY");
    channel.connect();
  });

  it("fails fast with UNAVAILABLE that says target, address, state and cause", async () => {
    const address = await deadAddress();
    const { channel, client } = connect(`ipv4:${address}`);
    const error = await failureOf(client.unary({}));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toContain(`no connection to "ipv4:${address}": TRANSIENT_FAILURE for`);
    expect(error.message).toContain(` s, connect ECONNREFUSED ${address}; next attempt in`);
    expect(error.cause).toMatchObject({ code: "ECONNREFUSED" });
    expect(channel.state).toBe("TRANSIENT_FAILURE");
    expect((await failureOf(client.unary({}))).code).toBe(Code.UNAVAILABLE);
  });

  it("waits for a server when the call waits for readiness, with interceptors and without", async () => {
    const address = await deadAddress();
    const backoff = { initialMs: 20, maxMs: 20 };
    const { channel, client } = connect(`ipv4:${address}`, { backoff });
    const intercepted = connect(`ipv4:${address}`, {
      backoff,
      interceptors: [(call, next) => next(call)],
    });
    expect((await failureOf(client.unary({}))).code).toBe(Code.UNAVAILABLE);
    const answers = [
      client.unary({}, { waitForReady: true }),
      intercepted.client.unary({}, { waitForReady: true }),
    ];
    expect(channel.state).toBe("TRANSIENT_FAILURE");
    await serveAt(address);
    expect((await Promise.all(answers)).map((answer) => answer.text)).toEqual(["hello", "hello"]);
  });

  it("says what a call that waited for readiness waited for", async () => {
    const address = await deadAddress();
    const { client } = connect(`ipv4:${address}`);
    const error = await failureOf(client.unary({}, { waitForReady: true, timeoutMs: 60 }));
    expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(error.message).toContain(`connect ECONNREFUSED ${address}`);
  });

  it("heals by itself after the backoff", async () => {
    const address = await deadAddress();
    const { client } = connect(address, { backoff: { initialMs: 20, maxMs: 40 } });
    await failureOf(client.unary({}));
    const server = await serveAt(address);
    await server.until(() => server.connections.length > 0);
    // READY comes with the next SETTINGS; until then calls fail fast.
    let result: unknown;
    while (result === undefined) {
      result = await client.unary({}).catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(result).toMatchObject({ text: "hello" });
  });

  it("tries the addresses in order", async () => {
    const server = serve(answerWith(reply));
    const { client } = connect(`ipv4:${await deadAddress()},${await server.listen()}`);
    await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
  });

  it("times out when the peer accepts and never sends SETTINGS", async () => {
    const { client } = connect(await listenRaw(() => {}), { connectTimeoutMs: 50 });
    const error = await failureOf(client.unary({}));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toMatch(
      /no HTTP\/2 SETTINGS came from 127\.0\.0\.1:\d+ within the connect timeout of 50 ms/,
    );
  });

  it("says what it waited for when the deadline comes first", async () => {
    const address = await listenRaw(() => {});
    const { client } = connect(address);
    const error = await failureOf(client.unary({}, { timeoutMs: 50 }));
    expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(error.message).toMatch(
      new RegExp(
        `waiting for a connection: picked ${address} of 1, connecting for 0\\.\\d+ s \\(target "${address}", CONNECTING for 0\\.\\d+ s\\)`,
      ),
    );
  });

  it("explains a peer that does not speak HTTP/2", async () => {
    const { client } = connect(
      await listenRaw((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    const error = await failureOf(client.unary({}));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toMatch(/did not begin HTTP\/2/);
  });

  it("explains a name that cannot be resolved", async () => {
    const { client } = connect("dns:///does-not-exist.invalid:1");
    const error = await failureOf(client.unary({}));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toMatch(
      /no addresses of "dns:\/\/\/does-not-exist\.invalid:1": .*does-not-exist\.invalid/,
    );
  });

  it("reconnects with the next call when the connection was lost", async () => {
    const server = serve(answerWith(reply));
    const { channel, client } = connect(await server.listen());
    await client.unary({});
    server.duplexes[0]!.destroy();
    for (let turn = 0; channel.state === "READY" && turn < 1000; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
    expect(server.connections.length).toBe(2);
  });

  it.each(["unix:", "unix://"])("reaches Unix sockets: %s", async (scheme) => {
    const folder = mkdtempSync(join(tmpdir(), "client-"));
    opened.push({ close: async () => rmSync(folder, { recursive: true }) });
    const server = serve(answerWith(reply));
    await server.listen(join(folder, "s.sock"));
    const { client } = connect(`${scheme}${join(folder, "s.sock")}`);
    await client.unary({});
    expect(server.streams[0]!.header(":authority")).toBe("localhost");
  });

  it.runIf(process.platform === "linux")("reaches abstract sockets of Linux", async () => {
    const server = serve(answerWith(reply));
    const name = `client-${process.pid}`;
    await server.listen(`\0${name}`);
    const { client } = connect(`unix-abstract:${name}`);
    await client.unary({});
    expect(server.streams[0]!.header(":authority")).toBe("localhost");
    const nobody = connect("unix-abstract:nobody%00there").client;
    expect((await failureOf(nobody.unary({}))).message).toContain("unix-abstract:nobody%00there");
  });

  it("leaves the names of passthrough: to the system", async () => {
    const server = serve(answerWith(reply));
    const port = (await server.listen()).split(":")[1];
    const { client } = connect(`passthrough:///localhost:${port}`);
    await client.unary({});
    expect(server.streams[0]!.header(":authority")).toBe(`localhost:${port}`);
  });

  it("tells its log of each transition, and of no call", async () => {
    const server = serve(answerWith(reply));
    const told: [string, unknown][] = [];
    const debug = (message: string, fields: Record<string, unknown> = {}): void =>
      void told.push([message, fields.part]);
    const { client } = connect(await server.listen(), { log: { ...silentLog, debug } });
    await client.unary({});
    expect(told).toContainEqual(["channel state", "channel"]);
    expect(told).toContainEqual(["subchannel state", "subchannel"]);
    expect(told.filter(([, part]) => part === "call")).toEqual([]);
  });

  it("uses the dialer it is given", async () => {
    const server = serve(answerWith(reply));
    const { client } = connect("ipv4:192.0.2.1:50051", {
      connect: () => server.dial(),
      authority: "users.example",
    });
    await client.unary({});
    expect(server.streams[0]!.header(":authority")).toBe("users.example");
  });

  it("fails calls when the dialer fails", async () => {
    const { client } = connect("ipv4:192.0.2.1:1", {
      connect: () => Promise.reject(new Error("no tunnel")),
    });
    expect((await failureOf(client.unary({}))).message).toMatch(/192\.0\.2\.1:1: no tunnel/);
  });

  it.each([
    "",
    "localhost:0",
    "localhost:70000",
    "a:b:c",
    "::1",
    "http://x",
    "foo:///x",
    "ipv4:localhost:1",
    "ipv4:1.2.3:5",
    "ipv6:1.2.3.4:5",
    "unix:",
    "dns://ns.example/x",
  ])("refuses the target %j", (target) => {
    expect(() => createChannel(target)).toThrow(UsageError);
  });
});

describe("a dialer of the application's own", () => {
  it.each([undefined, null, {}, "socket"])("that resolves to %o fails the call", async (stream) => {
    const dial = async (): Promise<never> => stream as never;
    const { client } = connect("x:1", { connect: dial, log: silentLog });
    const failure = await failureOf(client.unary({}));
    expect(failure.code).toBe(Code.UNAVAILABLE);
    expect(failure.message).toContain("option connect resolved to");
  });
});

describe("the process", () => {
  it("is kept alive by calls, not by idle connections", async () => {
    const answer = answerWith(reply);
    const server = serve((stream, raw) => {
      alive.push(holds);
      answer(stream, raw);
    });
    const alive: boolean[] = [];
    let holds = true;
    const [host, port] = (await server.listen()).split(":");
    const dial = (): Promise<Socket> =>
      new Promise((resolve) => {
        const socket = netConnect(Number(port), host!, () => resolve(socket));
        const { ref, unref } = socket;
        socket.ref = () => {
          holds = true;
          return ref.call(socket);
        };
        socket.unref = () => {
          holds = false;
          return unref.call(socket);
        };
      });
    const { client } = connect("ipv4:192.0.2.1:1", { connect: dial });
    await client.unary({});
    expect(alive).toContain(true);
    expect(holds).toBe(false);
  });
});
