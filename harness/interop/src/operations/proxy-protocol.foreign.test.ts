// The PROXY protocol as HAProxy, nginx and curl speak it: the client behind them is the peer of calls.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createChannel, createClient, tlsChannelCredentials } from "@trunkline/client";
import { Health } from "@trunkline/core/health";
import {
  type ClientPeer,
  createServer,
  type Server,
  silentLog,
  tlsServerCredentials,
} from "@trunkline/server";
import { createAuthority, type PeerProcess, run, startPeer } from "@trunkline/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { freePorts, programPath } from "../proxies/proxy.js";

const authority = createAuthority();
const identity = authority.issue("localhost", ["localhost", "127.0.0.1"]);
let folder: string;
let server: Server;
let plainPort: number;
let tlsPort: number;
let peers: ClientPeer[];
let proxy: PeerProcess | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trunkline-proxy-protocol-"));
  await writeFile(join(folder, "server.pem"), identity.cert + identity.key);
});

afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  peers = [];
  server = createServer({ log: silentLog });
  server.addService(Health, {
    check: (_request, { peer }) => {
      peers.push(peer);
      return {};
    },
  });
  const proxyProtocol = { trusted: ["127.0.0.1"] };
  plainPort = (await server.listen({ proxyProtocol })).port;
  const credentials = tlsServerCredentials(identity);
  tlsPort = (await server.listen({ proxyProtocol, credentials })).port;
});

afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
  await server.shutdown({ graceMs: 0 });
});

/** Calls, and gives what the server has seen. */
async function callThrough(port: number, isTls: boolean): Promise<ClientPeer> {
  const channel = createChannel(`localhost:${port}`, {
    ...(isTls ? { credentials: tlsChannelCredentials({ ca: authority.cert }) } : {}),
  });
  try {
    await createClient(Health, channel).check({}, { timeoutMs: 10_000 });
  } finally {
    await channel.close();
  }
  return peers[0]!;
}

describe("HAProxy", () => {
  async function startHaproxy(bind: string, sends: string, port = plainPort): Promise<number> {
    const [front = 0] = await freePorts(1);
    const config = `
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
listen users
    bind 127.0.0.1:${front} ${bind}
    server a 127.0.0.1:${port} ${sends}
`;
    await writeFile(join(folder, "haproxy.cfg"), config);
    proxy = await startPeer({
      command: "haproxy",
      args: ["-W", "-f", join(folder, "haproxy.cfg")],
      readyLine: /Loading success/,
      env: programPath,
    });
    return front;
  }

  it.each([
    ["send-proxy", 1],
    ["send-proxy-v2", 2],
    ["send-proxy-v2 proxy-v2-options crc32c,unique-id", 2],
  ])("%s", async (sends, version) => {
    const front = await startHaproxy("", sends);
    const peer = await callThrough(front, false);
    expect(peer.proxy?.header).toMatchObject({ version, command: "PROXY" });
    expect(peer.address).toBe(`127.0.0.1:${peer.port}`);
    expect(peer.localAddress).toBe(`127.0.0.1:${front}`);
    expect(peer.proxy?.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(peer.proxy?.address).not.toBe(peer.address);
  });

  it("says what it knows of TLS that ends at it", async () => {
    const bind = `ssl crt ${folder}/server.pem alpn h2`;
    const sends = "send-proxy-v2-ssl-cn proxy-v2-options crc32c,authority,ssl,cert-cn,ssl-cipher";
    const peer = await callThrough(await startHaproxy(bind, sends), true);
    expect(peer.tls).toBeUndefined();
    expect(peer.proxy?.header).toMatchObject({ alpn: "h2", authority: "localhost" });
    expect(peer.proxy?.header.tls).toMatchObject({
      version: expect.stringMatching(/^TLSv1\.[23]$/),
      cipher: expect.any(String),
      hasCertificate: false,
      verified: false,
    });
  });

  it("passes TLS on, behind its header", async () => {
    const peer = await callThrough(await startHaproxy("", "send-proxy-v2", tlsPort), true);
    expect(peer.tls?.protocol).toBe("TLSv1.3");
    expect(peer.proxy?.header.version).toBe(2);
  });

  it("checks for itself (LOCAL), which harms nobody", async () => {
    const front = await startHaproxy("", "send-proxy-v2 check check-send-proxy inter 50");
    for (let i = 0; i < 10; i++) await callThrough(front, false);
    expect(server.stats()).toMatchObject({ refusedProxyHeaders: 0 });
  });
});

it("nginx, as a proxy of streams", async () => {
  const [front = 0] = await freePorts(1);
  const config = `
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
pid ${folder}/nginx.pid;
error_log stderr notice;
events { }
stream {
  server { listen 127.0.0.1:${front}; proxy_pass 127.0.0.1:${plainPort}; proxy_protocol on; }
}
`;
  await writeFile(join(folder, "nginx.conf"), config);
  proxy = await startPeer({
    command: "nginx",
    args: ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"],
    readyLine: /start worker processes/,
    env: programPath,
  });
  const peer = await callThrough(front, false);
  expect(peer.proxy?.header.version).toBe(1);
  expect(peer.localAddress).toBe(`127.0.0.1:${front}`);
});

it("curl --haproxy-protocol", async () => {
  const path = `http://127.0.0.1:${plainPort}/grpc.health.v1.Health/Check`;
  await writeFile(join(folder, "message"), Buffer.alloc(5));
  const result = await run("curl", [
    ...["-sS", "--haproxy-protocol", "--http2-prior-knowledge", "-o", join(folder, "answer")],
    ...["-H", "content-type: application/grpc", "-H", "te: trailers"],
    ...["--data-binary", `@${folder}/message`, "-w", "%{http_version} %{http_code}", path],
  ]);
  expect(result).toMatchObject({ code: 0, stdout: "2 200" });
  expect(peers[0]?.proxy?.header.version).toBe(1);
});
