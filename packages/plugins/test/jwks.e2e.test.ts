// Keys from a real issuer that redirects, floods, dawdles or lies: nothing of it is believed, and nobody waits longer than allowed.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Code, type Log, silentLog } from "@trunkline/core";
import { createHandlerContext } from "@trunkline/server/testing";
import { afterEach, expect, it } from "vitest";
import { createJwtAuthenticator } from "../src/jwt/jwt-authenticator.js";
import { keySetOf, makeKey, sign } from "./issuer.js";

const key = makeKey("ES256", "k");
const body = JSON.stringify(await keySetOf(key));
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
}

const seconds = Math.floor(Date.now() / 1000);
const token = await sign(key, { iat: seconds, exp: seconds + 600 });

/** What becomes of a good token, and what the log hears of it. */
async function ask(jwksUrl: string): Promise<{ outcome: unknown; reasons: unknown[] }> {
  const reasons: unknown[] = [];
  const log: Log = { ...silentLog, warn: (_, fields) => reasons.push(fields?.reason) };
  const jwt = createJwtAuthenticator({
    issuer: "https://issuer.test",
    audience: "users",
    keys: { jwksUrl, allowHttp: true, timeoutMs: 300 },
    log,
  });
  const call = createHandlerContext({ metadata: { authorization: `Bearer ${token}` } });
  const outcome = await Promise.resolve(jwt.authenticate(call)).then(
    (found) => found?.name,
    ({ code }) => code,
  );
  return { outcome, reasons };
}

it("are believed as they come", async () => {
  expect(await ask(await serve((_, response) => response.end(body)))).toEqual({
    outcome: "alice",
    reasons: [],
  });
});

const never: RequestListener = () => {};

it.each<[string, RequestListener, RegExp]>([
  ["an error", (_, response) => response.writeHead(500).end(body), /HTTP status 500/],
  ["another page", (_, response) => response.end("<html></html>"), /JSON/],
  ["no keys", (_, response) => response.end('{"keys":[]}'), /one or more/],
  ["secrets", (_, response) => response.end('{"keys":[{"kty":"oct","k":"AA"}]}'), /no public key/],
  ["no answer", never, /no answer within 300 ms/],
  ["an answer that never ends", (_, response) => response.write("{"), /no answer within 300 ms/],
  [
    "more than a key set can be",
    (_, response) => {
      const more = (): void => {
        while (response.write("x".repeat(65_536)));
        response.once("drain", more);
      };
      more();
    },
    /more than 1048576 bytes/,
  ],
])("that are %s are not", async (_, listener, reason) => {
  const { outcome, reasons } = await ask(await serve(listener));
  expect(outcome).toBe(Code.UNAVAILABLE);
  expect(reasons).toEqual([expect.stringMatching(reason)]);
});

it.each([301, 302, 307, 308])("are not looked for elsewhere: %i", async (status) => {
  let asked = 0;
  const elsewhere = await serve((_, response) => {
    asked++;
    response.end(body);
  });
  const url = await serve((_, response) =>
    response.writeHead(status, { location: elsewhere }).end(),
  );
  expect((await ask(url)).outcome).toBe(Code.UNAVAILABLE);
  expect(asked).toBe(0);
});
