// A protected server against requests that a well-behaved client would not send: paths that look like others, all kinds of calls.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, silentLog } from "@trunkline/core";
import { Health } from "@trunkline/core/health";
import { createServer, type Interceptor, type Server } from "@trunkline/server";
import { afterEach, describe, expect, it } from "vitest";
import { createApiKey } from "../src/api-key/api-key.js";
import { createApiKeyAuthenticator } from "../src/api-key/api-key-authenticator.js";
import { authenticate } from "../src/authentication/authenticate.js";
import { authorize } from "../src/authz/authorize.js";
import { authenticatedNames } from "../src/authz/principal-names.js";
import { watchFile } from "../src/watching/node/watch-file.js";

const { key, record } = createApiKey({ name: "billing" });
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(...interceptors: Interceptor[]): Promise<ClientHttp2Session> {
  const handled: string[] = [];
  const server: Server = createServer({
    interceptors,
    log: silentLog,
    async *unknownMethod(_requests, call) {
      handled.push(call.method.name);
      yield new Uint8Array(0);
    },
  });
  server.addService(Health, {
    check: () => ({ status: 1 }),
    async *watch() {
      yield { status: 1 };
    },
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  closing.push(() => server.shutdown({ graceMs: 0 }));
  const session = connect(`http://127.0.0.1:${port}`);
  closing.push(() => session.destroy());
  return session;
}

/** Sends a request with an empty message; -1 when the answer has no status. */
function ask(session: ClientHttp2Session, path: string, headers: object = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    let status = -1;
    const read = (fields: IncomingHttpHeaders): void => {
      if (fields["grpc-status"] !== undefined) status = Number(fields["grpc-status"]);
    };
    stream.on("response", read).on("trailers", read).on("error", reject);
    stream.on("close", () => resolve(status)).resume();
    stream.end(Buffer.alloc(5));
  });
}

const check = "/grpc.health.v1.Health/Check";
const watch = "/grpc.health.v1.Health/Watch";
const good = { "x-api-key": key };
const apiKeys = createApiKeyAuthenticator({ keys: [record] });

/** Ways to write the path of a method that are not its path. */
const tricks: readonly string[] = [
  `/${check}`,
  `${check}/`,
  `${check}?a=b`,
  `${check}#a`,
  `${check}%20`,
  `${check};a`,
  "/grpc.health.v1.Health//Check",
  "/grpc.health.v1.Health/./Check",
  "/x/../grpc.health.v1.Health/Check",
  "/grpc.health.v1.Health/check",
  "/GRPC.health.v1.Health/Check",
  "/grpc.health.v1.Health/%43heck",
  "/grpc.health.v1.Health%2FCheck",
  "/grpc.health.v1.Health\\Check",
  "grpc.health.v1.Health/Check",
  "//grpc.health.v1.Health/Check",
  "*",
];

describe("authenticate", () => {
  it("lets calls of each kind in with a key alone, services that nobody has included", async () => {
    const session = await start(authenticate(apiKeys));
    for (const path of [check, watch, "/a.B/C"]) {
      expect(await ask(session, path)).toBe(Code.UNAUTHENTICATED);
      expect(await ask(session, path, { "x-api-key": `${key}x` })).toBe(Code.UNAUTHENTICATED);
      expect(await ask(session, path, { "x-api-key": [key, key] })).toBe(Code.UNAUTHENTICATED);
      expect(await ask(session, path, good)).toBe(Code.OK);
    }
  });

  it("takes no path for that of a public method but its own", async () => {
    const session = await start(authenticate(apiKeys, { publicMethods: [check] }));
    expect(await ask(session, check)).toBe(Code.OK);
    expect(await ask(session, watch)).toBe(Code.UNAUTHENTICATED);
    for (const path of tricks) {
      expect(await ask(session, path).catch(() => -1), path).not.toBe(Code.OK);
    }
    expect(await ask(session, check)).toBe(Code.OK);
  });
});

describe("authorize", () => {
  it("is not led past a deny rule, nor into an allow rule, by how a path is written", async () => {
    const rules = { name: "r", request: { paths: [check] } };
    const denying = { name: "p", deny_rules: [rules], allow_rules: [{ name: "all" }] };
    const seen: string[] = [];
    const watching: Interceptor = (call, next) => {
      seen.push(`/${call.method.parent.typeName}/${call.method.name}`);
      return next(call);
    };
    const denied = await start(authorize({ policy: denying }), watching);
    const allowed = await start(authorize({ policy: { name: "p", allow_rules: [rules] } }));
    expect(await ask(denied, check)).toBe(Code.PERMISSION_DENIED);
    expect(await ask(allowed, check)).toBe(Code.OK);
    for (const path of tricks) {
      // It may reach whoever answers for methods that nobody has, but never the one that it looks like.
      await ask(denied, path).catch(() => -1);
      expect(await ask(allowed, path).catch(() => -1), path).not.toBe(Code.OK);
    }
    expect(seen).not.toContain(check);
  });

  it("tells those who are not known from those who are not allowed, and takes over a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "trunkline-policy-"));
    closing.push(() => rm(folder, { recursive: true }));
    const path = join(folder, "policy.json");
    const write = (principals: string[]): Promise<void> =>
      writeFile(
        path,
        JSON.stringify({ name: "p", allow_rules: [{ name: "r", source: { principals } }] }),
      );
    await write(["api-key:other"]);
    const policy = await watchFile(path, { log: silentLog });
    closing.push(() => policy.close());
    const session = await start(
      authenticate(apiKeys),
      authorize({ policy, names: authenticatedNames }),
    );
    expect(await ask(session, check)).toBe(Code.UNAUTHENTICATED);
    expect(await ask(session, check, good)).toBe(Code.PERMISSION_DENIED);
    const changed = new Promise<void>((resolve) => policy.onChange(() => resolve()));
    await write(["api-key:billing"]);
    // By itself where the system tells of changes; asked for where it does not.
    await Promise.race([changed, policy.check()]);
    await policy.check();
    expect(await ask(session, check, good)).toBe(Code.OK);
    expect(await ask(session, watch, good)).toBe(Code.OK);
    await writeFile(path, "no policy");
    await policy.check();
    expect(await ask(session, check, good)).toBe(Code.OK);
  });
});
