// Strangers against our TLS: grpc-go, grpcio, openssl s_client and curl; reloads, names, versions, revocation. Runs with `npm run interop`.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createServer,
  type ReloadableTlsServerCredentials,
  reloadableTlsServerCredentials,
  silentLog,
} from "@trunkline/server";
import { createAuthority, type Identity, run } from "@trunkline/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { goClient, goServer, pythonClient, pythonServer } from "./foreign/peers.js";
import { InteropService } from "./gen/trunkline/interop/v1/interop_pb.js";
import type { ClientPeer } from "./peer.js";

const authority = createAuthority();
const ca = authority.cert;
const hosts = ["localhost", "127.0.0.1"];
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Answers each call with the name of its caller's certificate. */
async function serve(credentials: ReloadableTlsServerCredentials): Promise<number> {
  const server = createServer({ log: silentLog });
  server.addService(InteropService, {
    unary: (_request, { peer }) => ({ payload: Buffer.from(peer.tls?.subjectName ?? "nobody") }),
  });
  closing.push(() => server.shutdown({ graceMs: 0 }));
  const { port } = await server.listen({ host: "127.0.0.1", port: 0, credentials });
  return port;
}

/** Connects anew, and calls: who the server says it is, or the code. */
async function ask(peer: ClientPeer, port: number, identity: Identity): Promise<string | number> {
  const client = await peer.connect(`localhost:${port}`, { authority: ca, identity });
  try {
    const outcome = await client.call({ method: "unary", requests: [{}], timeoutMs: 10_000 });
    const [response] = outcome.responses;
    return response === undefined ? outcome.code : Buffer.from(response.payload ?? []).toString();
  } finally {
    await client.close();
  }
}

describe.each([goClient, pythonClient])("$name", (peer) => {
  it("goes on through reloads, and is refused once it is revoked", async () => {
    const server = authority.issue("server", hosts);
    const credentials = reloadableTlsServerCredentials({ ...server, ca, minVersion: "TLSv1.3" });
    const port = await serve(credentials);
    const identity = authority.issue("caller");
    const steady = await peer.connect(`localhost:${port}`, { authority: ca, identity });
    closing.unshift(() => steady.close());
    for (let version = 0; version < 10; version++) {
      credentials.update(authority.issue(`v${version}`, hosts));
      const outcome = await steady.call({ method: "unary", requests: [{}], timeoutMs: 10_000 });
      expect(outcome.code).toBe(0);
    }
    expect(await ask(peer, port, identity)).toBe("CN=caller");
    credentials.update({ crl: authority.revoke([identity.cert]) });
    expect(await ask(peer, port, identity)).toBe(14);
    expect(await ask(peer, port, authority.issue("other"))).toBe("CN=other");
  });
});

describe("openssl s_client", () => {
  async function shakeHands(port: number, ...args: string[]): Promise<string> {
    const { stdout, stderr } = await run(
      "openssl",
      ["s_client", "-connect", `127.0.0.1:${port}`, "-alpn", "h2", ...args],
      { timeoutMs: 10_000 },
    );
    return stdout + stderr;
  }

  it("is shown what its name is for, over the versions and suites that are allowed", async () => {
    const named = authority.issue("named", ["named.example"], { keyType: "rsa" });
    const credentials = reloadableTlsServerCredentials({
      ...authority.issue("usual", hosts),
      certificates: [named],
      unknownServerName: "refuse",
    });
    const port = await serve(credentials);
    const name = ["-servername", "named.example"];
    for (const version of ["-tls1_2", "-tls1_3"]) {
      const text = await shakeHands(port, version, ...name);
      expect(text).toMatch(/subject=CN ?= ?named/);
      expect(text).toContain("ALPN protocol: h2");
      expect(await shakeHands(port, version, "-noservername")).toMatch(/subject=CN ?= ?usual/);
    }
    expect(await shakeHands(port, "-tls1_1", ...name)).not.toMatch(/subject=/);
    expect(await shakeHands(port, "-servername", "no.example")).toContain("unrecognized name");
    const weak = ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA:AES128-GCM-SHA256"];
    expect(await shakeHands(port, ...weak, ...name)).toContain("handshake failure");
    const plain = await run("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, "-alpn", "x"]);
    expect(plain.stdout + plain.stderr).toContain("no application protocol");
    credentials.update({ minVersion: "TLSv1.3" });
    expect(await shakeHands(port, "-tls1_2", ...name)).toContain("protocol version");
  });

  it("needs a certificate, where one is required", async () => {
    const files = authority.issue("server", hosts);
    const port = await serve(reloadableTlsServerCredentials({ ...files, ca }));
    expect(await shakeHands(port, "-tls1_2")).toContain("handshake failure");
  });
});

it("curl speaks HTTP/2 with a client certificate, and is told when it has none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-curl-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const { cert, key } = authority.issue("curl");
  const files = { "ca.pem": ca, "cert.pem": cert, "key.pem": key };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const port = await serve(
    reloadableTlsServerCredentials({ ...authority.issue("server", hosts), ca }),
  );
  const url = `https://localhost:${port}/trunkline.interop.v1.InteropService/Unary`;
  const curl = (...args: string[]): ReturnType<typeof run> =>
    run("curl", ["-sS", "--http2", "-m", "10", "--cacert", join(folder, "ca.pem"), ...args, url], {
      timeoutMs: 20_000,
    });
  const own = ["--cert", join(folder, "cert.pem"), "--key", join(folder, "key.pem")];
  const grpc = ["-H", "content-type: application/grpc", "-D", "-", "-o", join(folder, "body")];
  const body = ["--data-binary", `@${join(folder, "request")}`];
  writeFileSync(join(folder, "request"), Buffer.alloc(5));
  const answer = await curl(...own, ...grpc, ...body);
  expect(answer.stdout).toMatch(/^HTTP\/2 200/);
  expect(answer.stdout).toContain("grpc-status: 0");
  const refused = await curl(...grpc, ...body);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain("certificate required");
});

describe.each([goServer, pythonServer])("a server of $name", (peer) => {
  it("is refused by our channel when it is revoked", async () => {
    const { tlsChannelCredentials, createChannel, createClient } = await import(
      "@trunkline/client"
    );
    const identity = authority.issue("server", hosts);
    const server = await peer.start({ identity, clientAuthority: ca });
    closing.push(() => server.stop());
    const ask = async (revoked: string[]): Promise<string> => {
      const crl = authority.revoke(revoked);
      const credentials = tlsChannelCredentials({ ca, crl, ...authority.issue("client") });
      const channel = createChannel(`localhost:${server.port}`, { credentials });
      const call = createClient(InteropService, channel).unary({}, { timeoutMs: 10_000 });
      try {
        return await call.then(
          () => "OK",
          (error: Error) => error.message,
        );
      } finally {
        await channel.close();
      }
    };
    expect(await ask([])).toBe("OK");
    expect(await ask([identity.cert])).toContain("has been revoked by its CA");
  });
});
