// Channels through proxies: what each is asked, who looks names up, what is said when it does not work.
import { connect as connectNet, createServer as createNetServer, type Socket } from "node:net";
import { Code, RpcError, tlsChannelCredentials, UsageError } from "@trunkline/client";
import { tlsServerCredentials } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, endBoth, serve } from "./both-ends.js";
import { StandInProxy } from "./stand-in-proxy.js";

const echo = { unary: ({ text }: { text: string }) => ({ text }) };
const proxies: { close(): Promise<void> }[] = [];

async function startProxy(...args: ConstructorParameters<typeof StandInProxy>) {
  const proxy = await new StandInProxy(...args).listen();
  proxies.push(proxy);
  return proxy;
}

/** Something that is no proxy; its port. */
async function listenRaw(accept: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createNetServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  proxies.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  });
  return (server.address() as { port: number }).port;
}

beforeEach(() => {
  for (const name of ["grpc_proxy", "https_proxy", "http_proxy", "no_grpc_proxy", "no_proxy"]) {
    vi.stubEnv(name, "");
    vi.stubEnv(name.toUpperCase(), "");
  }
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await endBoth();
  for (const proxy of proxies.splice(0)) await proxy.close();
});

/** The port of a server that says what it is told. */
async function startServer(): Promise<string> {
  return (await serve(echo)).target.split(":")[1] as string;
}

async function failureOf(call: Promise<unknown>): Promise<RpcError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RpcError);
  return error as RpcError;
}

const text = "hello";

describe.each([
  ["http", "http"],
  ["socks5", "socks5"],
] as const)("a proxy of kind %s", (scheme, kind) => {
  it("gets names as they are, and carries calls", async () => {
    const port = await startServer();
    const proxy = await startProxy(kind);
    const options = { proxy: `${scheme}://${proxy.address}` };
    const { client } = connect(`dns:///users.invalid:${port}`, options);
    expect((await client.unary({ text })).text).toBe(text);
    expect((await client.unary({ text: "x".repeat(1 << 20) })).text).toHaveLength(1 << 20);
    expect(proxy.requests).toEqual([`users.invalid:${port}`]);
  });

  it.each(["ipv4:127.0.0.1", "ipv6:[fd00::1:2]", "passthrough:///users.invalid"])(
    "carries %s, too",
    async (target) => {
      const port = await startServer();
      const proxy = await startProxy(kind);
      const options = { proxy: `${scheme}://${proxy.address}` };
      const { client } = connect(`${target}:${port}`, options);
      expect((await client.unary({ text })).text).toBe(text);
      expect(proxy.requests).toHaveLength(1);
      if (kind === "socks5" && target.startsWith("ipv6")) {
        expect(proxy.requests[0]).toBe(`fd00:0000:0000:0000:0000:0000:0001:0002:${port}`);
      }
    },
  );

  it("wants user and password", async () => {
    const port = await startServer();
    const proxy = await startProxy(kind, { login: "ada:s3cret/@" });
    const url = `${scheme}://ada:s3cret%2F%40@${proxy.address}`;
    const { client } = connect(`users.invalid:${port}`, { proxy: url });
    expect((await client.unary({ text })).text).toBe(text);
    const stranger = connect(`users.invalid:${port}`, { proxy: url.replace("s3cret", "wr0ng") });
    const error = await failureOf(stranger.client.unary({ text }));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toContain(
      `proxy ${scheme}://${proxy.address} gave no tunnel to users.invalid:${port}: `,
    );
    expect(error.message).toContain(kind === "http" ? '"HTTP/1.1 407 Proxy Auth' : "refused user");
    expect(error.message).not.toMatch(/s3cret|wr0ng|ada/);
  });

  it("carries TLS to the server", async () => {
    const authority = createAuthority();
    const { server } = await serve(echo);
    const identity = authority.issue("users.invalid", ["users.invalid"]);
    const { port } = await server.listen({ credentials: tlsServerCredentials(identity) });
    const proxy = await startProxy(kind);
    const { client } = connect(`users.invalid:${port}`, {
      proxy: `${scheme}://${proxy.address}`,
      credentials: tlsChannelCredentials({ ca: authority.cert }),
    });
    expect((await client.unary({ text })).text).toBe(text);
  });

  it("that nobody listens on is named, and nothing goes past it", async () => {
    const port = await startServer();
    const proxy = await startProxy(kind);
    await proxy.close();
    const { client } = connect(`127.0.0.1:${port}`, { proxy: `${scheme}://${proxy.address}` });
    const error = await failureOf(client.unary({ text }));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toContain(
      `proxy ${scheme}://${proxy.address} gave no tunnel to 127.0.0.1:${port}: connect ECONNREFUSED`,
    );
  });

  it("that says nothing is given up after the connect timeout", async () => {
    const port = await listenRaw(() => {});
    const options = { proxy: `${scheme}://127.0.0.1:${port}`, connectTimeoutMs: 50 };
    const { client } = connect("users.invalid:1", options);
    const error = await failureOf(client.unary({ text }));
    expect(error.message).toContain("within the connect timeout of 50 ms");
  });

  it("that closes at once is named", async () => {
    const port = await listenRaw((socket) => socket.end());
    const { client } = connect("users.invalid:1", { proxy: `${scheme}://127.0.0.1:${port}` });
    const error = await failureOf(client.unary({ text }));
    expect(error.message).toContain("it closed the connection without an answer");
  });
});

describe("an HTTP proxy", () => {
  it.each([
    ["HTTP/1.1 403 Not from here\r\n\r\n", 'it answered "HTTP/1.1 403 Not from here"'],
    ["HTTP/1.0 502 Bad Gateway\r\nx: y\r\n\r\nbody", 'it answered "HTTP/1.0 502 Bad Gateway"'],
    ["SSH-2.0-OpenSSH\r\n", 'its answer is not HTTP/1.1: "SSH-2.0-OpenSSH"'],
    [`HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(4000)}`, "its answer is longer than 16384 bytes"],
  ])("that answers %j", async (refusal, message) => {
    const proxy = await startProxy("http", { refusal });
    const { client } = connect("users.invalid:1", { proxy: `http://${proxy.address}` });
    expect((await failureOf(client.unary({ text }))).message).toContain(message);
  });

  it("may send interim answers first, and is sent the headers of the option", async () => {
    const port = await startServer();
    const proxy = await startProxy("http", { interim: "HTTP/1.1 103 Early Hints\r\n\r\n" });
    const { client } = connect(`users.invalid:${port}`, {
      proxy: { url: `http://${proxy.address}`, headers: { "x-team": "users" } },
    });
    expect((await client.unary({ text })).text).toBe(text);
    expect(proxy.heads).toEqual([
      `CONNECT users.invalid:${port} HTTP/1.1\r\nHost: users.invalid:${port}\r\nx-team: users\r\n\r\n`,
    ]);
  });
});

describe("an HTTPS proxy", () => {
  it("has a CA of its own, and carries plaintext and TLS", async () => {
    const proxyAuthority = createAuthority();
    const authority = createAuthority();
    const proxy = await startProxy("http", { tls: proxyAuthority.issue("p", ["127.0.0.1"]) });
    const { server, target } = await serve(echo);
    const { port } = await server.listen({
      credentials: tlsServerCredentials(authority.issue("users.invalid", ["users.invalid"])),
    });
    const viaTls = {
      url: `https://${proxy.address}`,
      credentials: tlsChannelCredentials({ ca: proxyAuthority.cert }),
    };
    const plain = connect(target, { proxy: viaTls });
    expect((await plain.client.unary({ text })).text).toBe(text);
    const secure = connect(`users.invalid:${port}`, {
      proxy: viaTls,
      credentials: tlsChannelCredentials({ ca: authority.cert }),
    });
    expect((await secure.client.unary({ text: "x".repeat(1 << 20) })).text).toHaveLength(1 << 20);
    const distrustful = connect(target, { proxy: `https://${proxy.address}` });
    const error = await failureOf(distrustful.client.unary({ text }));
    expect(error.message).toContain(
      `proxy https://${proxy.address} gave no tunnel to ${target}: TLS`,
    );
    expect(proxy.requests).toEqual([target, `users.invalid:${port}`]);
  });
});

describe("a SOCKS5 proxy", () => {
  it.each([
    [2, "it answered 2 (connection not allowed by its rules)"],
    [5, "it answered 5 (connection refused)"],
    [99, "it answered 99 (unknown)"],
  ])("that answers %s", async (reply, message) => {
    const proxy = await startProxy("socks5", { reply });
    const { client } = connect("users.invalid:1", { proxy: `socks5://${proxy.address}` });
    expect((await failureOf(client.unary({ text }))).message).toContain(message);
  });

  it("that wants a login which the URL does not have", async () => {
    const proxy = await startProxy("socks5", { login: "a:b" });
    const { client } = connect("users.invalid:1", { proxy: `socks5://${proxy.address}` });
    const { message } = await failureOf(client.unary({ text }));
    expect(message).toContain("accepts none of our ways to authenticate; its URL names no user");
  });

  it("that is an HTTP proxy", async () => {
    const port = await listenRaw((socket) => socket.write("HTTP/1.1 400 Bad\r\n\r\n"));
    const { client } = connect("users.invalid:1", { proxy: `socks5://127.0.0.1:${port}` });
    expect((await failureOf(client.unary({ text }))).message).toContain("does not speak SOCKS5");
  });
});

describe("who goes through it", () => {
  it("names may be looked up here", async () => {
    const port = await startServer();
    const proxy = await startProxy("http");
    const options = { proxy: { url: `http://${proxy.address}`, localDns: true } };
    const { client } = connect(`localhost:${port}`, options);
    expect((await client.unary({ text })).text).toBe(text);
    expect(proxy.requests[0]).toMatch(/^(127\.0\.0\.1|\[::1\]):\d+$/);
  });

  it("grpc_proxy of the environment, unless no_grpc_proxy or the option says otherwise", async () => {
    const port = await startServer();
    const proxy = await startProxy("http");
    vi.stubEnv("grpc_proxy", `http://${proxy.address}`);
    vi.stubEnv("https_proxy", "http://127.0.0.1:1");
    const ask = (target: string, options = {}) => connect(target, options).client.unary({ text });
    await ask(`127.0.0.1:${port}`);
    expect(proxy.requests).toEqual([`127.0.0.1:${port}`]);
    await ask(`127.0.0.1:${port}`, { proxy: false });
    vi.stubEnv("no_grpc_proxy", "127.0.0.0/8");
    await ask(`127.0.0.1:${port}`);
    await ask(`ipv4:127.0.0.1:${port}`);
    expect(proxy.requests).toHaveLength(1);
    await ask(`127.0.0.1:${port}`, { proxy: `http://${proxy.address}` });
    expect(proxy.requests).toHaveLength(2);
  });

  it("an unusable proxy is an error, in the environment and in the option", () => {
    vi.stubEnv("https_proxy", "ftp://ada:s3cret@proxy");
    expect(() => connect("users:1")).toThrow(UsageError);
    expect(() => connect("users:1")).toThrow(
      /environment variable https_proxy is "ftp:\/\/\[redacted\]@/,
    );
    expect(() => connect("users:1", { proxy: "::" })).toThrow(/option proxy is "::"/);
  });

  it("a dialer of the application's own has no proxy", async () => {
    const port = await startServer();
    vi.stubEnv("grpc_proxy", "http://127.0.0.1:1");
    const dial = async () => connectNet(Number(port), "127.0.0.1");
    const { client } = connect("users.invalid:1", { connect: dial });
    expect((await client.unary({ text })).text).toBe(text);
  });
});
