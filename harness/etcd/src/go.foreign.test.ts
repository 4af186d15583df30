// etcd's own naming packages for Go and ours, in both directions, over a real etcd.
import { once } from "node:events";
import { createChannel, createClient } from "@trunkline/client";
import { createEtcdResolver, registerInEtcd } from "@trunkline/plugins/etcd";
import { createServer, type Server } from "@trunkline/server";
import { run, startPeer } from "@trunkline/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type EtcdServer, startEtcd } from "./etcd-server.js";
import { follow } from "./follow.js";
import { Auth } from "./gen/rpc_pb.js";
import { buildTimeoutMs, prepareGoPeer } from "./go-peer.js";

let etcd: EtcdServer;
let peer: string;
let server: Server;
let address: string;

beforeAll(async () => {
  peer = await prepareGoPeer();
  etcd = await startEtcd();
  // Any service will do.
  server = createServer().addService(Auth, {
    authenticate: ({ name }) => ({ token: `token of ${name}` }),
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  address = `127.0.0.1:${port}`;
}, buildTimeoutMs);

afterAll(async () => {
  await server?.shutdown();
  await etcd?.stop();
});

it("we find and call what Go registers, and hear when it goes", async () => {
  const etcdResolver = createEtcdResolver({ endpoints: [etcd.endpoint] });
  await using found = follow("etcd", etcdResolver, "etcd:///by/go");
  await found.finds();
  const go = await startPeer({
    command: peer,
    args: ["register", etcd.endpoint, "by/go", address],
    readyLine: /^registered (.*)/,
  });
  await found.finds(`${address}*3@north`);
  await using channel = createChannel("etcd:///by/go", { resolvers: { etcd: etcdResolver } });
  const auth = createClient(Auth, channel);
  expect((await auth.authenticate({ name: "ada" })).token).toBe("token of ada");
  const ended = once(go.child, "close");
  go.child.stdin?.end();
  await found.finds();
  expect(await ended).toEqual([0, null]);
});

it("Go finds and calls what we register", async () => {
  const metadata = { zone: "south" };
  const options = { endpoints: [etcd.endpoint], service: "by/us", address, metadata };
  await using registration = await registerInEtcd(options);
  const list = await run(peer, ["list", etcd.endpoint, "by/us"]);
  expect(list).toEqual({
    code: 0,
    stdout: `${registration.key} ${address} {"zone":"south"}\n`,
    stderr: "",
  });
  const method = "/etcdserverpb.Auth/Authenticate";
  const call = await run(peer, ["call", etcd.endpoint, "by/us", method]);
  expect(call).toMatchObject({ code: 0, stdout: `answered ${2 + "token of ".length}\n` });
});
