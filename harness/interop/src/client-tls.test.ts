// TLS as the client sees it: names, authorities, further checks, ALPN, and clear words when sides do not fit.
import { once } from "node:events";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import {
  type ChannelOptions,
  Code,
  createChannel,
  createClient,
  RpcError,
  tlsChannelCredentials,
} from "@trunkline/client";
import {
  createServer,
  plaintext,
  type Server,
  type ServerCredentials,
  tlsServerCredentials,
} from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { InteropService } from "./gen/trunkline/interop/v1/interop_pb.js";

const authority = createAuthority();
const localhost = authority.issue("server", ["localhost", "127.0.0.1"]);
const elsewhere = authority.issue("server", ["users.example"]);
const ca = authority.cert;
const closing: (() => Promise<unknown>)[] = [];

async function serve(credentials: ServerCredentials): Promise<string> {
  const server: Server = createServer();
  server.addService(InteropService, {});
  const { port } = await server.listen({ host: "127.0.0.1", port: 0, credentials });
  closing.push(() => server.shutdown({ graceMs: 0 }));
  return `127.0.0.1:${port}`;
}

/** Calls a method that is not there: UNIMPLEMENTED means that the connection works. */
async function probe(target: string, options: ChannelOptions): Promise<RpcError> {
  const channel = createChannel(target, options);
  closing.unshift(() => channel.close());
  const [method] = InteropService.methods;
  const client = createClient(InteropService, channel) as unknown as Record<
    string,
    (request: object, options: object) => unknown
  >;
  const unary =
    InteropService.methods.find((candidate) => candidate.methodKind === "unary") ?? method!;
  const outcome = await Promise.resolve(client[unary.localName]!({}, { timeoutMs: 5000 })).then(
    () => new Error("the call succeeded"),
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(RpcError);
  return outcome as RpcError;
}

afterEach(async () => {
  for (const close of closing.splice(0)) {
    await close();
  }
});

describe("the name of the server", () => {
  it("is found in the certificate", async () => {
    const target = await serve(tlsServerCredentials(localhost));
    expect((await probe(target, { credentials: tlsChannelCredentials({ ca }) })).code).toBe(
      Code.UNIMPLEMENTED,
    );
  });

  it("must be in the certificate", async () => {
    const target = await serve(tlsServerCredentials(elsewhere));
    const error = await probe(target, { credentials: tlsChannelCredentials({ ca }) });
    expect([error.code, error.message]).toEqual([
      Code.UNAVAILABLE,
      expect.stringMatching(/TLS with .* failed: .*127\.0\.0\.1/),
    ]);
  });

  it.each([
    ["serverName", { credentials: tlsChannelCredentials({ ca, serverName: "users.example" }) }],
    ["authority", { credentials: tlsChannelCredentials({ ca }), authority: "users.example:443" }],
    ["no check at all", { credentials: tlsChannelCredentials({ ca, verify: false }) }],
  ] as [string, ChannelOptions][])("may be another one: %s", async (_name, options) => {
    const target = await serve(tlsServerCredentials(elsewhere));
    expect((await probe(target, options)).code).toBe(Code.UNIMPLEMENTED);
  });

  it("is not believed on the word of an unknown authority", async () => {
    const target = await serve(tlsServerCredentials(localhost));
    const error = await probe(target, {
      credentials: tlsChannelCredentials({ ca: createAuthority().cert }),
    });
    expect(error.code).toBe(Code.UNAVAILABLE);
  });
});

describe("a further check", () => {
  it("is made in addition to the name, never in its place", async () => {
    const target = await serve(tlsServerCredentials(elsewhere));
    const credentials = tlsChannelCredentials({ ca, verifyServer: () => undefined });
    expect((await probe(target, { credentials })).code).toBe(Code.UNAVAILABLE);
  });

  it("may refuse", async () => {
    const target = await serve(tlsServerCredentials(localhost));
    const seen: [string, number][] = [];
    const credentials = tlsChannelCredentials({
      ca,
      verifyServer: (name, certificate) => {
        seen.push([name, certificate.length]);
        return new Error("not the pinned one");
      },
    });
    expect((await probe(target, { credentials })).message).toMatch(/not the pinned one/);
    expect(seen[0]).toEqual(["127.0.0.1", expect.any(Number)]);
  });
});

describe("mutual TLS", () => {
  const server = (): Promise<string> => serve(tlsServerCredentials({ ...localhost, ca }));

  it("shows the client's certificate", async () => {
    const credentials = tlsChannelCredentials({ ca, ...authority.issue("client") });
    expect((await probe(await server(), { credentials })).code).toBe(Code.UNIMPLEMENTED);
  });

  it("fails without one", async () => {
    const error = await probe(await server(), { credentials: tlsChannelCredentials({ ca }) });
    expect([error.code, error.message]).toEqual([
      Code.UNAVAILABLE,
      // One line, whatever OpenSSL said.
      expect.stringMatching(/^[^\n]*next attempt[^\n]*$/),
    ]);
  });
});

describe("sides that do not fit", () => {
  async function serveAlpn(protocols: string[] | undefined): Promise<string> {
    const server: TlsServer = createTlsServer({
      ...localhost,
      ...(protocols ? { ALPNProtocols: protocols } : {}),
    });
    server.on("tlsClientError", () => {});
    server.on("secureConnection", (socket) => socket.on("error", () => {}));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    return `127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  it.each([[["http/1.1"]], [undefined]])(
    "a server with ALPN %j is said not to speak HTTP/2",
    async (protocols) => {
      const error = await probe(await serveAlpn(protocols), {
        credentials: tlsChannelCredentials({ ca }),
      });
      expect([error.code, error.message]).toEqual([
        Code.UNAVAILABLE,
        expect.stringMatching(/does not speak HTTP\/2/),
      ]);
    },
  );

  it("plaintext against TLS", async () => {
    const error = await probe(await serve(tlsServerCredentials(localhost)), {});
    expect([error.code, error.message]).toEqual([
      Code.UNAVAILABLE,
      expect.stringMatching(/does one side expect TLS/),
    ]);
  });

  it("TLS against plaintext", async () => {
    const error = await probe(await serve(plaintext), {
      credentials: tlsChannelCredentials({ ca }),
    });
    expect([error.code, error.message]).toEqual([
      Code.UNAVAILABLE,
      expect.stringMatching(/TLS with/),
    ]);
  });
});
