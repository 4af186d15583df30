// Secrets are planted wherever there is a place for one; then everything that was logged, by all logs at once, is searched for them.
import { inspect } from "node:util";
import { create, toBinary } from "@bufbuild/protobuf";
import { bearerToken, createChannel, createClient, tlsChannelCredentials } from "@trunkline/client";
import { Code, type Log, RpcError, setLog } from "@trunkline/core";
import { createServer, type Interceptor, tlsServerCredentials } from "@trunkline/server";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createApiKey } from "../src/api-key/api-key.js";
import { createApiKeyAuthenticator } from "../src/api-key/api-key-authenticator.js";
import { authenticate } from "../src/authentication/authenticate.js";
import { anyOf } from "../src/authentication/combine.js";
import { clientBinaryLog } from "../src/binary-log/client-binary-log.js";
import {
  type GrpcLogEntry,
  GrpcLogEntrySchema,
} from "../src/binary-log/gen/grpc/binlog/v1/binarylog_pb.js";
import { serverBinaryLog } from "../src/binary-log/server-binary-log.js";
import { createConsulResolver } from "../src/consul/consul-resolver.js";
import { createEtcdResolver } from "../src/etcd/etcd-resolver.js";
import { createJwtAuthenticator } from "../src/jwt/jwt-authenticator.js";
import { clientAccessLog } from "../src/logging/client-access-log.js";
import { toLog } from "../src/logging/logger.js";
import { serverAccessLog } from "../src/logging/server-access-log.js";
import { accounts, closeAll, closeLater, collect } from "./account-server.js";
import {
  AccountService,
  SignInRequestSchema,
} from "./gen/trunkline/test/secrets/v1/account_service_pb.js";
import { selfSigned } from "./self-signed.js";

// Before anything asks for them.
vi.hoisted(() => {
  process.env.TRUNKLINE_TRACE = "all";
  process.env.TRUNKLINE_VERBOSITY = "debug";
});

const jwtSecret = "PLANTED-hmac-secret-of-thirty-two-bytes";
const head = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url");
const forgedToken = `${head}.${Buffer.from('{"sub":"PLANTED"}').toString("base64url")}.c2lnbmF0dXJl`;
const apiKey = createApiKey({ name: "billing" });
const keyLine = selfSigned.key.split("\n")[1] ?? "";

/** What must be found nowhere, and by what name it is known. */
const secrets: Readonly<Record<string, string>> = {
  planted: "PLANTED",
  "planted, in base64": Buffer.from("PLANTED").toString("base64").slice(0, 8),
  jwt: forgedToken.slice(head.length + 1),
  "api key": apiKey.key,
  "hash of the api key": (apiKey.record as { readonly hash?: string }).hash ?? "no hash",
  "private key": keyLine,
};

const output: string[] = [];
const entries: GrpcLogEntry[] = [];
const errors: unknown[] = [];

const sink = { write: (entry: GrpcLogEntry) => void entries.push(entry) };
const logger = pino({ level: "trace" }, { write: (line: string) => void output.push(line) });
const everything = {
  logger,
  calls: "all",
  begins: "all",
  metadata: ["x-tenant"],
  payloads: { methods: [AccountService], maxChars: 100_000 },
} as const;

beforeAll(() => {
  for (const name of ["debug", "info", "log", "warn", "error"] as const) {
    vi.spyOn(console, name).mockImplementation(
      (...args) => void output.push(args.map(String).join(" ")),
    );
  }
  // Half of what is said goes to stderr as it is, half through pino.
  setLog(undefined);
});

afterAll(async () => {
  await closeAll();
  setLog(undefined);
  vi.restoreAllMocks();
});

/** An error that shows nothing of what was planted. */
const refusal = expect.objectContaining({ message: expect.not.stringContaining("PLANTED") });

/** Keeps the failure, which may be logged by whoever made the call. */
async function fails(work: PromiseLike<unknown>): Promise<void> {
  try {
    await work;
    expect.unreachable("it should have failed");
  } catch (error) {
    expect(error).toBeInstanceOf(RpcError);
    errors.push(error);
  }
}

const metadata = {
  "x-tenant": "acme",
  cookie: "PLANTED-cookie",
  "x-session-token": "PLANTED-session",
  "x-secret-bin": new TextEncoder().encode("PLANTED"),
};

const request = {
  user: "ann",
  proof: { case: "phrase", value: "PLANTED-phrase" },
  account: { name: "a", iban: "PLANTED-iban" },
  extra: { password: "PLANTED-in-json" },
} as const;

const throwing: Readonly<Record<string, () => never>> = {
  exception: () => {
    throw new Error("cannot reach postgres://app:PLANTED-db@db/x", {
      cause: new Error(`Authorization: Bearer ${forgedToken}`),
    });
  },
  status: () => {
    throw new RpcError(Code.UNAUTHENTICATED, `bad token ${forgedToken}, password=PLANTED`, {
      metadata: { "set-cookie": "PLANTED-trailer" },
    });
  },
};

async function startServer(interceptors: Interceptor[], log?: Log): Promise<number> {
  const server = createServer({
    interceptors,
    log,
    observers: [serverAccessLog(everything), serverBinaryLog({ sink, filter: "*" })],
  });
  server.addService(AccountService, {
    signIn({ user }) {
      if (Object.hasOwn(throwing, user)) throwing[user]?.();
      return { user, session: "PLANTED-session" };
    },
    async *watch() {
      yield { account: { name: "w", iban: "PLANTED-iban" } };
    },
    async import(requests) {
      for await (const _ of requests);
      return { count: 0 };
    },
    async *talk(requests) {
      for await (const { account } of requests) yield { account };
    },
  });
  const credentials = tlsServerCredentials({ cert: selfSigned.cert, key: selfSigned.key });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0, credentials });
  closeLater(() => server.shutdown({ graceMs: 0 }));
  return port;
}

const observers = () => [clientAccessLog(everything), clientBinaryLog({ sink, filter: "*" })];
const tls = { credentials: tlsChannelCredentials({ ca: selfSigned.ca }) };

function connect(target: string, options: object = {}) {
  const channel = createChannel(target, { ...tls, observers: observers(), ...options });
  closeLater(() => channel.close());
  return createClient(AccountService, channel);
}

describe("no log has a secret that was planted", () => {
  it("in metadata, credentials and messages, of calls that succeed and that fail", async () => {
    const jwt = createJwtAuthenticator({
      issuer: null,
      audience: null,
      keys: { secret: jwtSecret },
    });
    const keys = createApiKeyAuthenticator({ keys: [apiKey.record] });
    const port = await startServer([authenticate(anyOf(jwt, keys))], toLog(logger));
    const good = { ...metadata, "x-api-key": apiKey.key };
    const client = connect(`127.0.0.1:${port}`);
    await client.signIn(request, { metadata: good });
    await collect(client.watch({ count: 1 }, { metadata: good }));
    await client.import(accounts("a"), { metadata: good });
    await collect(client.talk(accounts("a"), { metadata: good }));
    await fails(client.signIn({ user: "exception" }, { metadata: good }));
    await fails(client.signIn({ user: "status" }, { metadata: good }));
    await fails(client.signIn(request, { metadata: { "x-api-key": `${apiKey.key}x` } }));
    const forger = connect(`127.0.0.1:${port}`, { callCredentials: bearerToken(forgedToken) });
    await fails(forger.signIn(request));
    const basic = { authorization: `Basic ${Buffer.from("ann:PLANTED").toString("base64")}` };
    await fails(client.signIn(request, { metadata: basic }));
  });

  it("on stderr, where nobody has said otherwise", async () => {
    const port = await startServer([]);
    const client = connect(`127.0.0.1:${port}`, { log: undefined });
    await fails(client.signIn({ user: "exception" }, { metadata }));
    expect(output.join("\n")).toMatch(/trunkline error: .*postgres:\/\/\[redacted\]@db/);
  });

  it("in targets, proxies and registries", async () => {
    const options = { timeoutMs: 300 };
    for (const url of ["ftp://ann:PLANTED-proxy@h:1", "http://ann:PLANTED-proxy@h:port"]) {
      expect(() => createChannel("127.0.0.1:2", { proxy: { url } })).toThrow(refusal);
    }
    const address = "http://ann:PLANTED-consul@127.0.0.1:1";
    expect(() => createConsulResolver({ address })).toThrow(refusal);
    expect(() => createChannel("dns:///ann:PLANTED-proxy@host:port", tls)).toThrow(refusal);
    const proxy = { url: "http://ann:PLANTED-proxy@127.0.0.1:1" };
    await fails(connect("127.0.0.1:2", { proxy }).signIn(request, options));
    const socks = { url: "socks5://ann:PLANTED-socks@127.0.0.1:1" };
    await fails(connect("127.0.0.1:2", { proxy: socks }).signIn(request, options));
    const consul = createConsulResolver({ address: "127.0.0.1:1", token: "PLANTED-consul" });
    const inConsul = connect("consul:///users", { resolvers: { consul } });
    await fails(inConsul.signIn(request, options));
    const etcd = createEtcdResolver({
      endpoints: ["127.0.0.1:1"],
      username: "root",
      password: "PLANTED-etcd",
    });
    await fails(connect("etcd:///users", { resolvers: { etcd } }).signIn(request, options));
  });

  it("in keys of TLS, good ones and those that fit nothing", async () => {
    const port = await startServer([]);
    const mutual = tlsChannelCredentials(selfSigned);
    await connect(`127.0.0.1:${port}`, { credentials: mutual }).signIn({ user: "ann" });
    await fails(
      connect(`127.0.0.1:${port}`, { credentials: tlsChannelCredentials() }).signIn(
        {},
        { timeoutMs: 300 },
      ),
    );
    const broken = `${selfSigned.key.slice(0, 120)}PLANTED\n-----END PRIVATE KEY-----`;
    try {
      const credentials = tlsServerCredentials({ cert: selfSigned.cert, key: broken });
      const server = createServer();
      closeLater(() => server.shutdown({ graceMs: 0 }));
      await server.listen({ host: "127.0.0.1", port: 0, credentials });
    } catch (error) {
      errors.push(error);
    }
  });

  it("and none is found in all of that", () => {
    const binary = entries.map((entry) =>
      Buffer.from(toBinary(GrpcLogEntrySchema, entry)).toString("latin1"),
    );
    const texts = errors.map((error) =>
      error instanceof Error ? `${error.stack}` : inspect(error),
    );
    expect(output.length).toBeGreaterThan(50);
    expect(entries.length).toBeGreaterThan(50);
    expect(errors.length).toBeGreaterThan(8);
    const found = Object.entries(secrets).flatMap(([name, secret]) => [
      ...output
        .filter((line) => line.includes(secret))
        .map((line) => [name, "text", line.slice(0, 600)]),
      ...binary
        .filter((line) => line.includes(secret))
        .map((line) => [name, "binary", line.slice(0, 600)]),
    ]);
    expect(found).toEqual([]);
    // Errors go to callers, who may log them: what the server said stands in them, and nothing that we know.
    expect(texts.filter((text) => /PLANTED-(proxy|socks|consul|etcd)/.test(text))).toEqual([]);
    expect(texts.filter((text) => text.includes(keyLine))).toEqual([]);
  });

  it("although the planted ones would be found", () => {
    const plain = toBinary(SignInRequestSchema, create(SignInRequestSchema, request as never));
    expect(Buffer.from(plain).toString("latin1")).toContain(secrets.planted);
    expect(keyLine.length).toBeGreaterThan(30);
  });
});
