// The servers of the guide: who gets in, by which way.
import {
  type ChannelOptions,
  Code,
  createChannel,
  createClient,
  tlsChannelCredentials,
} from "@trunkline/client";
import { plaintext, type Server, tlsServerCredentials } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, expect, it } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import { addGreeter, createMeshServer, createTokenServer } from "./server.js";

const { publicKey, privateKey } = await generateKeyPair("ES256");
const keys = { jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: "ES256" }] } };
const authority = createAuthority();
const files = authority.issue("server", ["localhost", "127.0.0.1"]);
const closing: (() => Promise<void>)[] = [];

function makeToken(subject: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: "ES256" })
    .setIssuer("https://login.example")
    .setAudience("greeter")
    .setSubject(subject)
    .setExpirationTime("1 minute")
    .sign(privateKey);
}

async function greet(
  server: Server,
  credentials: ChannelOptions["credentials"] = plaintext,
  metadata: Record<string, string> = {},
): Promise<string> {
  if (server.services.length === 0) addGreeter(server);
  const ca = authority.cert;
  const { port } = await server.listen({
    host: "127.0.0.1",
    port: 0,
    credentials:
      credentials.kind === "tls"
        ? tlsServerCredentials({ ...files, ca, requireClientCert: false })
        : plaintext,
  });
  const channel = createChannel(`127.0.0.1:${port}`, { credentials });
  closing.push(
    () => channel.close(),
    () => server.shutdown({ graceMs: 0 }),
  );
  const client = createClient(GreeterService, channel);
  return (await client.sayHello({ name: "hello" }, { metadata, timeoutMs: 10_000 })).greeting;
}

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

it("a token is enough, and needed", async () => {
  const authorization = `Bearer ${await makeToken("alice")}`;
  const server = createTokenServer(keys);
  expect(await greet(server, plaintext, { authorization })).toBe("hello from alice (jwt)");
  await expect(greet(createTokenServer(keys))).rejects.toMatchObject({
    code: Code.UNAUTHENTICATED,
    message: expect.stringContaining("expected a bearer token in the metadata authorization"),
  });
});

it("so is a certificate, where one is believed", async () => {
  const spiffe = authority.issue("client", ["URI:spiffe://mesh.example/greeter"]);
  const ca = authority.cert;
  const known = tlsChannelCredentials({ ca, ...spiffe });
  expect(await greet(createMeshServer(keys), known)).toBe(
    "hello from spiffe://mesh.example/greeter (mtls)",
  );
  const other = authority.issue("client", ["URI:spiffe://other.example/greeter"]);
  const unknown = greet(createMeshServer(keys), tlsChannelCredentials({ ca, ...other }));
  await expect(unknown).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
  const authorization = `Bearer ${await makeToken("bob")}`;
  const withToken = greet(createMeshServer(keys), tlsChannelCredentials({ ca }), { authorization });
  expect(await withToken).toBe("hello from bob (jwt)");
});
