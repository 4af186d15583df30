// Proxies on the way out, of Debian's packages: tinyproxy (HTTP CONNECT) and microsocks (SOCKS5), with a login, plaintext and TLS.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, createChannel, createClient, tlsChannelCredentials } from "@trunkline/client";
import { createAuthority, type PeerProcess, startPeer } from "@trunkline/testkit";
import { expect, it } from "vitest";
import { InteropService } from "../gen/trunkline/interop/v1/interop_pb.js";
import { trunklineServer } from "../servers/trunkline.js";
import { freePorts, programPath } from "./proxy.js";

const authority = createAuthority();
const identity = authority.issue("localhost", ["localhost", "127.0.0.1"]);

/** Debian's package `tinyproxy-bin`. */
async function startTinyproxy(port: number, folder: string): Promise<PeerProcess> {
  const file = join(folder, "tinyproxy.conf");
  await writeFile(
    file,
    `Port ${port}\nListen 127.0.0.1\nTimeout 60\nLogLevel Info\nMaxClients 20\nAllow 127.0.0.1\nBasicAuth users s3cret\n`,
  );
  const readyLine = /Accepting connections/;
  return startPeer({ command: "tinyproxy", args: ["-d", "-c", file], readyLine, env: programPath });
}

/** Debian's package `microsocks`, which does not say when it listens. */
function startMicrosocks(port: number): Promise<PeerProcess> {
  const script = `echo starting; exec microsocks -i 127.0.0.1 -p ${port} -u users -P s3cret`;
  return startPeer({ command: "sh", args: ["-c", script], readyLine: /starting/ });
}

it.each([
  ["tinyproxy", "http", startTinyproxy, /it answered "HTTP\/1\.[01] 40[17]/],
  ["microsocks", "socks5", startMicrosocks, /it refused user and password|closed the connection/],
] as const)("%s carries calls, and keeps strangers out", async (_name, scheme, start, refusal) => {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-outgoing-"));
  const [port = 0] = await freePorts(1);
  const proxy = await start(port, folder);
  const plain = await trunklineServer.start(undefined);
  const secure = await trunklineServer.start({ identity });
  const backoff = { initialMs: 50, maxMs: 50 };
  const url = (password: string): string => `${scheme}://users:${password}@127.0.0.1:${port}`;
  try {
    // The names are the proxy's to look up.
    await using throughPlain = createChannel(`localhost:${plain.port}`, {
      proxy: url("s3cret"),
      backoff,
    });
    const client = createClient(InteropService, throughPlain);
    const payload = new Uint8Array(100_000);
    const options = { waitForReady: true, timeoutMs: 10_000 };
    expect((await client.unary({ payload }, options)).payload).toHaveLength(100_000);
    await using throughTls = createChannel(`localhost:${secure.port}`, {
      proxy: url("s3cret"),
      credentials: tlsChannelCredentials({ ca: authority.cert }),
    });
    const secureClient = createClient(InteropService, throughTls);
    expect((await secureClient.unary({ payload }, options)).payload).toHaveLength(100_000);
    await using stranger = createChannel(`localhost:${plain.port}`, { proxy: url("guessed") });
    await expect(createClient(InteropService, stranger).unary({})).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
      message: expect.stringMatching(refusal),
    });
  } finally {
    await plain.stop();
    await secure.stop();
    await proxy.stop();
    await rm(folder, { recursive: true });
  }
});
