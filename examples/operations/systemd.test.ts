// Sockets as systemd hands them over, by our own hand: two of them, TCP and unix-domain; and what systemd is told.
import { chmodSync, linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ListenOptions, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createChannel, createClient } from "@trunkline/client";
import { startPeer } from "@trunkline/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

const program = fileURLToPath(new URL("dist/systemd.js", import.meta.url));
let folder: string;
const listeners: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trunkline-systemd-"));
});

afterEach(async () => {
  await closeListeners();
  rmSync(folder, { recursive: true });
});

async function closeListeners(): Promise<void> {
  for (const listener of listeners.splice(0)) {
    await new Promise((resolve) => listener.close(resolve));
  }
}

/** The number of a socket that listens. */
async function openSocket(options: ListenOptions): Promise<number> {
  const listener = createServer();
  listeners.push(listener);
  await new Promise<void>((resolve) => listener.listen(options, resolve));
  return (listener as unknown as { _handle: { fd: number } })._handle.fd;
}

async function greet(target: string): Promise<string> {
  const channel = createChannel(target);
  try {
    return (await createClient(GreeterService, channel).sayHello({ name: "Ada" })).greeting;
  } finally {
    await channel.close();
  }
}

test("several sockets, and every message to systemd", async () => {
  const path = join(folder, "greeter.sock");
  const fds = [await openSocket({ host: "127.0.0.1", port: 0 }), await openSocket({ path })];
  // In place of the program that speaks to systemd: it writes down what it is to say.
  const told = join(folder, "told");
  writeFileSync(join(folder, "systemd-notify"), `#!/bin/sh\necho "$@" >> ${told}\n`);
  chmodSync(join(folder, "systemd-notify"), 0o755);
  const running = await startPeer({
    command: "sh",
    // LISTEN_PID has to be that of the program itself.
    args: ["-c", 'LISTEN_PID=$$ exec "$0" "$@"', process.execPath, program],
    env: {
      LISTEN_FDS: "2",
      NOTIFY_SOCKET: join(folder, "notify"),
      WATCHDOG_USEC: "60000000",
      PATH: `${folder}:${process.env.PATH}`,
    },
    readyLine: /^listening on (.*)$/,
    inherited: fds,
  });
  const [tcp = "", unix = ""] = running.ready.split(" ");
  expect(unix).toBe(`unix:${path}`);
  // Otherwise this process may be the one that accepts. The name of a socket goes with its listener.
  const other = join(folder, "other.sock");
  linkSync(path, other);
  await closeListeners();
  expect(await greet(tcp)).toMatch(/^Hello, Ada!/);
  expect(await greet(`unix:${other}`)).toMatch(/^Hello, Ada!/);
  await vi.waitFor(() => expect(readFileSync(told, "utf8")).toContain("WATCHDOG"));
  expect(await running.stop()).toBe(0);
  expect(readFileSync(told, "utf8").split("\n")).toEqual([
    "READY=1 STATUS=serving on 2 sockets",
    "WATCHDOG=1",
    "STOPPING=1",
    "",
  ]);
});
