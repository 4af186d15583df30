// Programs of systemd: `systemd-socket-activate` hands sockets over, `systemd-notify` tells a stand-in for systemd.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createChannel, createClient } from "@trunkline/client";
import { Health } from "@trunkline/core/health";
import { run, startPeer } from "@trunkline/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePorts } from "../proxies/proxy.js";

const program = fileURLToPath(
  new URL("../../../../examples/operations/dist/systemd.js", import.meta.url),
);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trunkline-activation-"));
});

afterAll(() => rm(folder, { recursive: true }));

/** Listens where systemd would, and prints what comes. */
const standIn = `
import os, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("listening 1", flush=True)
while True:
    data, fds, _, _ = socket.recv_fds(receiver, 4096, 16)
    for fd in fds: os.close(fd)
    print("told " + data.decode().replace("\\n", " "), flush=True)
`;

it("the server starts with the first connection, serves all sockets, and says so", async () => {
  const notifySocket = join(folder, "notify");
  await writeFile(join(folder, "stand-in.py"), standIn);
  const systemd = await startPeer({
    command: "python3",
    args: [join(folder, "stand-in.py"), notifySocket],
  });
  const [first = 0, second = 0] = await freePorts(2);
  const activator = await startPeer({
    command: "systemd-socket-activate",
    args: [
      ...["-l", `127.0.0.1:${first}`, "-l", `127.0.0.1:${second}`, "-l", join(folder, "s.sock")],
      ...["--fdname=a:b:c", "-E", "NOTIFY_SOCKET", "-E", "PATH", process.execPath, program],
    ],
    env: { NOTIFY_SOCKET: notifySocket },
    readyLine: /Listening on .*s\.sock as 5/,
  });
  for (const target of [`127.0.0.1:${first}`, `127.0.0.1:${second}`, `unix:${folder}/s.sock`]) {
    const channel = createChannel(target);
    const { status } = await createClient(Health, channel).check({}, { timeoutMs: 10_000 });
    expect(status).toBe(1);
    await channel.close();
  }
  expect(await activator.stop()).toBe(0);
  expect(systemd.output()).toContain("told READY=1 STATUS=serving on 3 sockets");
  expect(systemd.output()).toContain("told STOPPING=1");
  await systemd.stop();
});

it("systemd-notify is there", async () => {
  expect((await run("systemd-notify", ["--version"])).code).toBe(0);
});
