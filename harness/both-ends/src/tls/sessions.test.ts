// Sessions that clients resume: never past a change of the credentials, never without the check of a certificate.
import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { tlsChannelCredentials } from "@trunkline/client";
import { reloadableTlsServerCredentials } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, expect, it } from "vitest";
import { call, endAll, serveTls, shakeHands } from "./tls-ends.js";

const authority = createAuthority();
const next = createAuthority("the next authority");
const ca = authority.cert;
const hosts = ["localhost", "127.0.0.1"];

afterEach(endAll);

/** TLS 1.3 has it come after the handshake. */
async function sessionOf(socket: TLSSocket | string): Promise<Buffer> {
  if (typeof socket === "string") throw new Error(socket);
  if (socket.getProtocol() === "TLSv1.2") return socket.getSession() as Buffer;
  const [session] = (await once(socket, "session")) as [Buffer];
  return session;
}

it.each(["TLSv1.2", "TLSv1.3"] as const)(
  "a CA that was taken away cannot be got around with a session of %s from before",
  async (version) => {
    const options = { ...authority.issue("s", hosts), ca, requireClientCert: false };
    const credentials = reloadableTlsServerCredentials({ ...options, sessionTickets: true });
    const { port } = await serveTls(credentials);
    const versions = { minVersion: version, maxVersion: version };
    const identity = { ...authority.issue("old"), ...versions };
    const session = await sessionOf(await shakeHands(port, identity));
    const resumed = (await shakeHands(port, { ...identity, session })) as TLSSocket;
    expect(resumed.isSessionReused()).toBe(true);
    credentials.update({ ca: next.cert });
    const anew = (await shakeHands(port, { ...identity, session })) as TLSSocket;
    expect(anew.isSessionReused()).toBe(false);
  },
);

it("a server that asks for certificates has each client checked: no session is resumed", async () => {
  const credentials = reloadableTlsServerCredentials({ ...authority.issue("s", hosts), ca });
  const { port } = await serveTls(credentials);
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const versions = { minVersion: version, maxVersion: version };
    const identity = { ...authority.issue("client"), ...versions };
    const first = (await shakeHands(port, identity)) as TLSSocket;
    const session = await sessionOf(first);
    const second = (await shakeHands(port, { ...identity, session })) as TLSSocket;
    expect(second.isSessionReused()).toBe(false);
  }
});

it("a client without a certificate is not authorized", async () => {
  const options = { ...authority.issue("s", hosts), ca, requireClientCert: false };
  const { port } = await serveTls(
    reloadableTlsServerCredentials({ ...options, sessionTickets: true }),
  );
  expect(await call(port, { credentials: tlsChannelCredentials({ ca }) })).toMatchObject({
    authorized: false,
  });
});
