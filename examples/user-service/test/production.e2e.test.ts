// The service as a process with what production needs switched on by its variables, each checked from outside.
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Channel,
  createChannel,
  createClient,
  Metadata,
  RpcError,
  tlsChannelCredentials,
} from "@trunkline/client";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "@trunkline/core/health";
import { createApiKey } from "@trunkline/plugins/api-key";
import { readBinaryLog } from "@trunkline/plugins/binary-log";
import { createServer } from "@trunkline/server";
import { createAuthority, type PeerProcess, run, startPeer } from "@trunkline/testkit";
import { SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { UserService } from "../src/gen/trunkline/examples/users/v1/user_service_pb.js";

const here = fileURLToPath(new URL("..", import.meta.url));
const closing: (() => unknown)[] = [];
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "user-service-production-"));
  await run(process.execPath, ["run.js", "call"], { cwd: here, timeoutMs: 120_000 });
}, 130_000);
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function start(env: Record<string, string>): Promise<PeerProcess> {
  const service = await startPeer({
    command: process.execPath,
    args: [join(here, "dist/src/main.js")],
    env: { PORT: "0", DATA_DIR: join(folder, "data"), LOG_LEVEL: "info", ...env },
    readyLine: /^user service on (\S+)/,
  });
  closing.push(() => service.stop());
  return service;
}

function withMetadata(name: string, value: string): { metadata: Metadata } {
  return { metadata: new Metadata([[name, value]]) };
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    return error instanceof RpcError ? error.codeName : String(error);
  }
}

const authority = createAuthority();
const [serverCert, renewedCert] = [
  authority.issue("server", ["127.0.0.1"]),
  authority.issue("renewed", ["127.0.0.1"]),
];
const clientCert = authority.issue("inspector", []);
const admin = createApiKey({ name: "billing", roles: ["admin"] });
const reader = createApiKey({ name: "report" });
const jwt = {
  JWT_ISSUER: "https://issuer.example",
  JWT_AUDIENCE: "users",
  JWT_SECRET: "planted-secret-of-the-tokens-0123456789",
};

/** A token as the issuer makes it. */
function createToken(): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(jwt.JWT_ISSUER)
    .setAudience(jwt.JWT_AUDIENCE)
    .setSubject("ada")
    .setExpirationTime("1h")
    .sign(Buffer.from(jwt.JWT_SECRET));
}

function tlsChannel(target: string, identity?: { cert: string; key: string }): Channel {
  const credentials = tlsChannelCredentials({ ca: authority.cert, ...identity });
  const channel = createChannel(target, { credentials });
  closing.push(() => channel.close());
  return channel;
}

it("is secured, limited and observed", async () => {
  const binaryLogFile = join(folder, "calls.binlog");
  const cert = file("server.pem", serverCert.cert);
  const key = file("server.key", serverCert.key);
  const policy = {
    name: "users",
    deny_rules: [
      {
        name: "no-lists-for-reports",
        source: { principals: ["api-key:report"] },
        request: { paths: ["*/ListUsers"] },
      },
    ],
    allow_rules: [{ name: "rest" }],
  };
  const service = await start({
    TLS_CERT: cert,
    TLS_KEY: key,
    TLS_CLIENT_CA: file("ca.pem", authority.cert),
    TLS_MIN_VERSION: "1.3",
    AUTH_MTLS: "on",
    ...jwt,
    API_KEYS_FILE: file("keys.json", JSON.stringify([admin.record, reader.record])),
    AUTHZ_POLICY_FILE: file("policy.json", JSON.stringify(policy)),
    RATE_LIMIT: "10000",
    MAX_CALLS: "100",
    MAX_WAITING_CALLS: "10",
    SHED_LOAD: "on",
    MAX_CONNECTIONS: "50",
    VALIDATE_RESPONSES: "on",
    ACCESS_LOG: "all",
    LOG_PAYLOADS: "/trunkline.examples.users.v1.UserService/CreateUser",
    METRICS_PORT: "0",
    BINARY_LOG_FILE: binaryLogFile,
    GRPC_BINARY_LOG_FILTER: "trunkline.examples.users.v1.UserService/*",
    CHANNELZ: "on",
  });
  const channel = tlsChannel(service.ready, clientCert);
  const users = createClient(UserService, channel);
  const health = createClient(Health, channel);
  const asAdmin = withMetadata("x-api-key", admin.key);
  const asReader = withMetadata("x-api-key", reader.key);

  // Health is public; a certificate, a token and a key each tell who calls; a role is needed to delete; the policy holds.
  expect((await health.check({})).status).toBe(Serving.SERVING);
  expect(await codeOf(users.getUser({ id: "7" }))).toBe("NOT_FOUND");
  const bearer = withMetadata("authorization", `Bearer ${await createToken()}`);
  expect(await codeOf(users.getUser({ id: "7" }, bearer))).toBe("NOT_FOUND");
  const { user } = await users.createUser(
    { user: { name: "Ada", email: "ada@example.com" } },
    asReader,
  );
  expect(await codeOf(users.deleteUser({ id: user!.id }, asReader))).toBe("PERMISSION_DENIED");
  const listed = (async () => {
    for await (const _ of users.listUsers({}, asReader));
  })();
  expect(await codeOf(listed)).toBe("PERMISSION_DENIED");
  expect(await codeOf(users.createUser({ user: { name: "" } }, asAdmin))).toBe("INVALID_ARGUMENT");
  expect(await codeOf(users.deleteUser({ id: user!.id }, asAdmin))).toBe("OK");

  // New certificates are taken over while it runs.
  file("server.pem", renewedCert.cert);
  file("server.key", renewedCert.key);
  await expect
    .poll(() => service.output(), { timeout: 40_000 })
    .toMatch(/TLS.*(reloaded|taken over|new)/i);
  const renewed = tlsChannel(service.ready, clientCert);
  expect((await createClient(Health, renewed).check({})).status).toBe(Serving.SERVING);

  // Prometheus finds the calls.
  const metricsUrl = /metrics at (http:\S+?)"/.exec(service.output())![1]!;
  const metrics = await (await fetch(metricsUrl)).text();
  expect(metrics).toMatch(
    /grpc_server_handled_total\{[^}]*grpc_method="DeleteUser"[^}]*grpc_code="PermissionDenied"[^}]*\} 1/,
  );

  expect(await service.stop()).toBe(0);
  const output = service.output();
  expect(output).toMatch(/"grpc.method":"DeleteUser".*"grpc.code":"PERMISSION_DENIED"/);
  expect(output).toContain("ada@example.com");
  const authorization = bearer.metadata.get("authorization");
  for (const hidden of [jwt.JWT_SECRET, String(authorization), admin.key, reader.key])
    expect(output).not.toContain(hidden);
  const entries = [...readBinaryLog(readFileSync(binaryLogFile))];
  expect(entries.length).toBeGreaterThan(10);
}, 120_000);

it("hears of clients from proxies, limits them, exports by OTLP, and drains", async () => {
  const exported = new Set<string>();
  const collector = createServer({
    async *unknownMethod(requests, call) {
      for await (const _ of requests) exported.add(call.method.name);
      yield new Uint8Array(0);
    },
  });
  const { port } = await collector.listen({ host: "127.0.0.1", port: 0 });
  closing.push(() => collector.shutdown({ graceMs: 0 }));
  const service = await start({
    ...jwt,
    PROXIES: "127.0.0.1",
    RATE_LIMIT: "1",
    RATE_LIMIT_BURST: "2",
    ACCESS_LOG: "all",
    REFLECTION: "off",
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    DRAIN_MS: "300",
    GRACE_MS: "2000",
  });
  const [host, servicePort] = service.ready.split(":") as [string, string];
  const through = async () => {
    const socket = connect(Number(servicePort), host);
    await once(socket, "connect");
    socket.write("PROXY TCP4 192.0.2.7 127.0.0.1 40000 443\r\n");
    return socket;
  };
  const channel = createChannel(service.ready, { connect: through });
  closing.push(() => channel.close());
  const users = createClient(UserService, channel);
  const codes: string[] = [];
  const token = await createToken();
  const bearer = withMetadata("authorization", `Bearer ${token}`);
  const forged = withMetadata("authorization", `Bearer ${token.slice(0, -8)}AAAAAAAA`);
  for (const options of [{}, forged, bearer, bearer, bearer]) {
    codes.push(await codeOf(users.getUser({ id: "7" }, options)));
  }
  const refused = "UNAUTHENTICATED";
  expect(codes).toEqual([refused, refused, "NOT_FOUND", "NOT_FOUND", "RESOURCE_EXHAUSTED"]);
  await expect.poll(() => service.output(), { timeout: 40_000 }).toContain("192.0.2.7");

  // Health says so before clients are told to leave.
  const watch = createClient(Health, channel).watch({})[Symbol.asyncIterator]();
  expect((await watch.next()).value?.status).toBe(Serving.SERVING);
  const stopped = service.stop();
  expect((await watch.next()).value?.status).toBe(Serving.NOT_SERVING);
  expect(await stopped).toBe(0);
  expect([...exported].sort()).toEqual(["Export"]);
}, 120_000);
