// Starts the built user service with a database of its own, for tools that call it from outside.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPeer } from "@trunkline/testkit";

/** The service of the example as a child process. */
export interface UserService {
  /** `host:port`. */
  readonly address: string;
  /** Ends it as an operator would; resolves with its exit code. */
  stop(): Promise<number | string>;
}

const program = fileURLToPath(
  new URL("../../../examples/user-service/dist/src/main.js", import.meta.url),
);

/** Starts it on a free port. `npm run build` must have run. */
export async function startUserService(): Promise<UserService> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-user-service-"));
  const peer = await startPeer({
    command: process.execPath,
    args: [program],
    env: { PORT: "0", DATA_DIR: join(folder, "data"), DATABASE_URL: "" },
    readyLine: /^user service on (\S+)/,
    startTimeoutMs: 60_000,
  });
  return {
    address: peer.ready,
    stop: async () => {
      const code = await peer.stop();
      await rm(folder, { recursive: true });
      return code;
    },
  };
}
