// The server for Kubernetes as a real process: what probes say from the start to the end, and what the log says of it.
import { fileURLToPath } from "node:url";
import { createChannel, createClient } from "@trunkline/client";
import { type PeerProcess, startPeer } from "@trunkline/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

const program = fileURLToPath(new URL("dist/kubernetes.js", import.meta.url));
let running: PeerProcess;

beforeEach(async () => {
  running = await startPeer({
    command: process.execPath,
    args: [program],
    env: {
      HOST: "127.0.0.1",
      PORT: "0",
      PROBE_PORT: "0",
      LAME_DUCK_MS: "1500",
      TRUNKLINE_VERBOSITY: "info",
    },
    readyLine: /^listening on (127\.0\.0\.1:\d+, probes on \d+)$/,
  });
});

afterEach(async () => {
  await running.stop();
});

async function probe(path: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${running.ready.split(" ").at(-1)}${path}`)).status;
}

test("ready, then not ready but serving, then gone", async () => {
  const target = running.ready.split(",")[0]!;
  expect([await probe("/livez"), await probe("/readyz"), await probe("/startupz")]).toEqual([
    200, 200, 200,
  ]);
  expect((await fetch(`http://${target}/readyz`)).status).toBe(200);
  const channel = createChannel(target);
  const greeter = createClient(GreeterService, channel);
  await greeter.sayHello({ name: "Ada" });
  process.kill(running.child.pid!, "SIGTERM");
  await vi.waitFor(async () => expect(await probe("/readyz")).toBe(503));
  expect(await probe("/livez")).toBe(200);
  const late = createChannel(target, { shareConnections: false });
  expect((await createClient(GreeterService, late).sayHello({ name: "Bob" })).greeting).toMatch(
    /Bob/,
  );
  expect(await running.stop()).toBe(0);
  expect(running.output()).toMatch(/the server has ended/);
  await channel.close();
  await late.close();
});

test("the second signal does not wait for calls", async () => {
  const channel = createChannel(running.ready.split(",")[0]!);
  const greeter = createClient(GreeterService, channel);
  const sleeping = greeter.sayHello({ name: "sleeper" }).catch((error: Error) => error.message);
  await greeter.sayHello({ name: "Ada" });
  process.kill(running.child.pid!, "SIGTERM");
  await vi.waitFor(async () => expect(await probe("/readyz")).toBe(503));
  // Sooner, it would be an echo of the first.
  await vi.waitFor(
    async () => {
      process.kill(running.child.pid!, "SIGTERM");
      await vi.waitFor(() => expect(running.output()).toContain("cutCallCount"), { timeout: 300 });
    },
    { timeout: 5000 },
  );
  expect(await running.stop()).toBe(143);
  expect(running.output()).toContain("SayHello");
  expect(await sleeping).toMatch(/connection/);
  await channel.close();
});
