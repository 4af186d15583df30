// Runs a real Redis on a free port of 127.0.0.1, without data on disk, that can be killed, stopped and started again.
import { createServer } from "node:net";
import { type PeerProcess, startPeer } from "@trunkline/testkit";
import { findRedis } from "./install-redis.js";

/** A running Redis. */
export interface RedisServer {
  readonly port: number;
  /** Kills it where it stands. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and empty. */
  start(): Promise<void>;
  /** Stops the process, so that connections stay and nothing answers. */
  freeze(): void;
  /** Lets it go on. */
  thaw(): void;
}

/** A port that is free now. */
function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

/** Starts it, and resolves when it serves. */
export async function startRedis(): Promise<RedisServer> {
  const { command, env } = await findRedis();
  const port = await findPort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const start = (): Promise<PeerProcess> =>
    startPeer({ command, args, env, readyLine: /Ready to accept connections/ });
  let running = await start();
  return {
    port,
    kill: async () => {
      await running.stop("SIGKILL");
    },
    start: async () => {
      running = await start();
    },
    freeze: () => void running.child.kill("SIGSTOP"),
    thaw: () => void running.child.kill("SIGCONT"),
  };
}
