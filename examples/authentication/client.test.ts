// Channels of the guide with credentials for each call, against its servers, over TLS.
import { type Channel, Code, createClient, tlsChannelCredentials } from "@trunkline/client";
import { createApiKey } from "@trunkline/plugins/api-key";
import { type Server, tlsServerCredentials } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, expect, it } from "vitest";
import { connectWithKey, connectWithToken, greetAs } from "./client.js";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import { addGreeter, createKeyServer, createTokenServer } from "./server.js";

const authority = createAuthority();
const files = authority.issue("server", ["localhost", "127.0.0.1"]);
const credentials = tlsChannelCredentials({ ca: authority.cert });
const closing: (() => Promise<void>)[] = [];

async function start(server: Server): Promise<string> {
  addGreeter(server);
  closing.push(() => server.shutdown({ graceMs: 0 }));
  const listening = { host: "127.0.0.1", port: 0, credentials: tlsServerCredentials(files) };
  return `127.0.0.1:${(await server.listen(listening)).port}`;
}

async function greet(channel: Channel): Promise<string> {
  closing.unshift(() => channel.close());
  const client = createClient(GreeterService, channel);
  return (await client.sayHello({ name: "hello" }, { timeoutMs: 10_000 })).greeting;
}

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

it("a token is fetched once, and sent with each call", async () => {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA");
  const keys = { jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: "EdDSA" }] } };
  const target = await start(createTokenServer(keys));
  let fetches = 0;
  const issue = (sub: string): Promise<string> =>
    new SignJWT({ sub, aud: "greeter", iss: "https://login.example" })
      .setProtectedHeader({ alg: "EdDSA" })
      .setExpirationTime("10 minutes")
      .sign(privateKey);
  const channel = connectWithToken(target, credentials, async () => {
    fetches += 1;
    return { token: await issue("alice"), expiresAtMs: Date.now() + 600_000 };
  });
  expect(await greet(channel)).toBe("hello from alice (jwt)");
  expect(await greet(channel)).toBe("hello from alice (jwt)");
  expect(fetches).toBe(1);
  expect(await greetAs(channel, await issue("bob"))).toBe("hello from bob (jwt)");
  const failing = connectWithToken(target, credentials, () => Promise.reject(new Error("down")));
  await expect(greet(failing)).rejects.toMatchObject({ code: Code.UNAVAILABLE });
});

it("a key is good until it is withdrawn", async () => {
  const old = createApiKey({ name: "billing" });
  const next = createApiKey({ name: "billing" });
  const { server, setKeys } = createKeyServer([old.record, next.record]);
  const target = await start(server);
  const channel = connectWithKey(target, credentials, old.key);
  expect(await greet(channel)).toBe("hello from billing (api-key)");
  setKeys([next.record]);
  await expect(greet(channel)).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
  const renewed = connectWithKey(target, credentials, next.key);
  expect(await greet(renewed)).toBe("hello from billing (api-key)");
});
