// Callers of other implementations on protected servers: tokens and keys over TLS, certificates, all kinds of calls.
import { Writable } from "node:stream";
import { type CallCredentials, Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { createApiKey, createApiKeyAuthenticator } from "@trunkline/plugins/api-key";
import { allOf, anyOf, authenticate } from "@trunkline/plugins/authentication";
import { authenticatedNames, authorize } from "@trunkline/plugins/authz";
import { createMtlsAuthenticator } from "@trunkline/plugins/mtls";
import {
  createServer,
  type Interceptor,
  principal,
  silentLog,
  tlsServerCredentials,
} from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, expect, it } from "vitest";

const authority = createAuthority();
const files = authority.issue("server", ["localhost", "127.0.0.1"]);
const spiffe = authority.issue("client", ["URI:spiffe://mesh.test/a"]);
// Of another authority with the same name: some servers end the connection over its signature, others the call.
const stranger = createAuthority().issue("client", ["URI:spiffe://mesh.test/a"]);
const { key, record } = createApiKey({ name: "billing" });
const apiKeys = createApiKeyAuthenticator({ keys: [record] });
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Answers each call with the name of its caller. */
async function serve(...interceptors: Interceptor[]): Promise<string> {
  const server = createServer({
    interceptors,
    log: silentLog,
    async *unknownMethod(_requests, call) {
      yield Buffer.from(call.context.get(principal)?.name ?? "nobody");
    },
  });
  const tls = { ...files, ca: authority.cert, requireClientCert: false };
  const listening = { host: "127.0.0.1", port: 0, credentials: tlsServerCredentials(tls) };
  const { port } = await server.listen(listening);
  closing.push(() => server.shutdown({ graceMs: 0 }));
  return `localhost:${port}`;
}

interface Who {
  readonly certificate?: { readonly cert: string; readonly key: string };
  readonly metadata?: Record<string, string>;
}

/** Calls `/a.B/<kind>`; resolves to what the server has said, or to the code. */
function ask(
  target: string,
  kind: string,
  { certificate, metadata }: Who = {},
): Promise<string | number> {
  const { cert, key: own } = certificate ?? {};
  const channel = credentials.createSsl(
    Buffer.from(authority.cert),
    own === undefined ? null : Buffer.from(own),
    cert === undefined ? null : Buffer.from(cert),
  );
  const fields = new Metadata();
  for (const [name, value] of Object.entries(metadata ?? {})) fields.set(name, value);
  const call: CallCredentials = credentials.createFromMetadataGenerator((_, done) =>
    done(null, fields),
  );
  const client = new Client(target, credentials.combineChannelCredentials(channel, call));
  closing.unshift(() => client.close());
  const head = [`/a.B/${kind}`, (bytes: Buffer) => bytes, (bytes: Buffer) => bytes] as const;
  const options = { deadline: Date.now() + 10_000 };
  return new Promise((resolve) => {
    if (kind === "Unary") {
      client.makeUnaryRequest(...head, Buffer.alloc(0), options, (error, reply) =>
        resolve(error?.code ?? String(reply)),
      );
      return;
    }
    const stream =
      kind === "Responses"
        ? client.makeServerStreamRequest(...head, Buffer.alloc(0), options)
        : client.makeBidiStreamRequest(...head, options);
    let text = "";
    stream.on("data", (bytes: Buffer) => {
      text += String(bytes);
    });
    stream.on("error", () => {});
    stream.on("status", ({ code }: { code: number }) => resolve(code === status.OK ? text : code));
    if (stream instanceof Writable) stream.end();
  });
}

it.each(["Unary", "Responses", "Both"])(
  "%s: keys and certificates, either or both",
  async (kind) => {
    const mtls = createMtlsAuthenticator();
    const either = await serve(authenticate(anyOf(mtls, apiKeys)));
    const both = await serve(authenticate(allOf(mtls, apiKeys)));
    const metadata = { "x-api-key": key };
    const name = "spiffe://mesh.test/a";
    expect(await ask(either, kind)).toBe(status.UNAUTHENTICATED);
    expect(await ask(either, kind, { metadata })).toBe("billing");
    expect(await ask(either, kind, { certificate: spiffe })).toBe(name);
    expect(await ask(either, kind, { certificate: stranger })).toBeTypeOf("number");
    expect(await ask(either, kind, { metadata: { "x-api-key": `${key}x` } })).toBe(
      status.UNAUTHENTICATED,
    );
    expect(await ask(both, kind, { metadata })).toBe(status.UNAUTHENTICATED);
    expect(await ask(both, kind, { certificate: spiffe })).toBe(status.UNAUTHENTICATED);
    expect(await ask(both, kind, { certificate: spiffe, metadata })).toBe(name);
  },
);

it("policies, by certificate and by principal", async () => {
  const request = { paths: ["/a.B/Unary"] };
  const policyOf = (principals: string[]): object => ({
    name: "p",
    allow_rules: [{ name: "r", request, source: { principals } }],
  });
  const certificates = await serve(authorize({ policy: policyOf(["spiffe://mesh.test/*"]) }));
  expect(await ask(certificates, "Unary", { certificate: spiffe })).toBe("nobody");
  expect(await ask(certificates, "Both", { certificate: spiffe })).toBe(status.PERMISSION_DENIED);
  expect(await ask(certificates, "Unary", { certificate: stranger })).toBeTypeOf("number");
  expect(await ask(certificates, "Unary")).toBe(status.PERMISSION_DENIED);
  const policy = policyOf(["api-key:billing"]);
  const keys = await serve(authenticate(apiKeys), authorize({ policy, names: authenticatedNames }));
  expect(await ask(keys, "Unary", { metadata: { "x-api-key": key } })).toBe("billing");
  expect(await ask(keys, "Both", { metadata: { "x-api-key": key } })).toBe(
    status.PERMISSION_DENIED,
  );
  expect(await ask(keys, "Unary")).toBe(status.UNAUTHENTICATED);
});
