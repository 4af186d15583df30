// The example of the guide to etcd, run with a real etcd.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as listen } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@trunkline/client";
import { createServer } from "@trunkline/server";
import { startPeer } from "@trunkline/testkit";
import { afterAll, expect, it } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function findPort(): Promise<number> {
  const probe = listen().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

it("finds the servers that are there, and no other", async () => {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-etcd-example-"));
  closing.push(() => rm(folder, { recursive: true }));
  const client = `http://127.0.0.1:${await findPort()}`;
  const peer = `http://127.0.0.1:${await findPort()}`;
  const flags = `--listen-client-urls ${client} --advertise-client-urls ${client}
    --listen-peer-urls ${peer} --initial-advertise-peer-urls ${peer} --initial-cluster default=${peer}
    --logger zap --data-dir ${folder}`;
  const etcd = await startPeer({
    command: "etcd",
    args: flags.split(/\s+/),
    readyLine: /ready to serve client requests|serving (?:insecure )?client (?:requests|traffic)/,
  });
  closing.push(() => etcd.stop("SIGKILL"));
  process.env.ETCD_ENDPOINTS = client;
  const { connectToGreeters, startGreeter } = await import("./etcd.js");
  const greeterOf = (name: string) =>
    createServer().addService(GreeterService, { sayHello: () => ({ greeting: name }) });
  const stops = [
    await startGreeter(greeterOf("one"), "127.0.0.1"),
    await startGreeter(greeterOf("two"), "127.0.0.1"),
  ];
  const channel = connectToGreeters();
  const greeter = createClient(GreeterService, channel);
  const seen = new Set<string>();
  while (seen.size < 2) seen.add((await greeter.sayHello({})).greeting);
  expect([...seen].sort()).toEqual(["one", "two"]);
  await stops[0]?.();
  for (let i = 0; i < 10; i++) expect((await greeter.sayHello({})).greeting).toBe("two");
  await channel.close();
  await stops[1]?.();
});
