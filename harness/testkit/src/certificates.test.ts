// Node's own TLS accepts the throw-away certificates, and refuses them where it should.
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { expect, it } from "vitest";
import { createAuthority } from "./certificates.js";

const authority = createAuthority();
const server = authority.issue("localhost", ["localhost", "127.0.0.1"]);
const client = authority.issue("a client");

it("issues certificates that its own certificate verifies", () => {
  const issuer = new X509Certificate(authority.cert);
  const issued = new X509Certificate(server.cert);
  expect(issued.verify(issuer.publicKey)).toBe(true);
  expect(issued.checkHost("localhost")).toBe("localhost");
  expect(issued.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(issued.checkHost("example.com")).toBeUndefined();
  expect(issued.ca).toBe(false);
  expect(issuer.ca).toBe(true);
});

it.each(["TLSv1.2", "TLSv1.3"] as const)("serves both ends of a %s handshake", async (version) => {
  const limits = { minVersion: version, maxVersion: version, ca: authority.cert };
  const listener = createServer({
    ...server,
    ...limits,
    requestCert: true,
    rejectUnauthorized: true,
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const socket = connect({ ...client, ...limits, port, host: "127.0.0.1" });
  const both = [once(listener, "secureConnection"), once(socket, "secureConnect")];
  const [accepted] = (await Promise.all(both))[0] as [TLSSocket];
  expect(accepted.getPeerCertificate().subject.CN).toBe("a client");
  expect(socket.authorized).toBe(true);
  socket.destroy();
  accepted.destroy();
  listener.close();
  await once(listener, "close");
});

it("is not trusted by those who know another authority", async () => {
  const listener = createServer(server).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const socket = connect({ ca: createAuthority().cert, port, host: "127.0.0.1" });
  const [error] = await once(socket, "error").catch((reason) => [reason]);
  expect(error.message).toMatch(/certificate/);
  socket.destroy();
  listener.close();
  await once(listener, "close");
});
