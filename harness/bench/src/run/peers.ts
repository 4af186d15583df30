// The peers that take part: how each one's server and client are started, and what each can do.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A workload of the client process. */
export type Workload = "unary" | "list" | "chat" | "echo" | "upload";

export interface Peer {
  readonly name: string;
  /** The command that starts the server; it prints `{"port":N}`. */
  readonly server: readonly string[];
  /** The command that runs a workload; `undefined` when the peer has no client. */
  client?(workload: Workload, port: number, inFlight: number, time: RunTime): readonly string[];
  /** What it can take part in. */
  readonly can: { readonly streams: boolean; readonly tls: boolean };
  readonly env?: Readonly<Record<string, string>>;
}

/** How long to warm up and to measure. */
export interface RunTime {
  readonly warmMs: number;
  readonly measureMs: number;
}

const dist = fileURLToPath(new URL("..", import.meta.url));
const goSource = fileURLToPath(new URL("../../go", import.meta.url));

/** A peer of `peers/NAME`, run by Node.js. */
export function nodePeer(name: string, streams = true): Peer {
  const home = join(dist, "peers", name);
  return {
    name,
    server: [process.execPath, join(home, "server.js")],
    client: (workload, port, inFlight, time) => [
      process.execPath,
      join(dist, "workload", "run-client.js"),
      join(home, "client.js"),
      workload,
      ...[port, inFlight, time.warmMs, time.measureMs].map(String),
    ],
    can: { streams, tls: true },
  };
}

export const trunkline: Peer = nodePeer("trunkline");

/** What no server in JavaScript can beat; a floor, not a rival. */
export const bareNet: Peer = {
  name: "bare-net",
  server: [process.execPath, join(dist, "peers", "bare-net", "server.js")],
  can: { streams: false, tls: false },
};

/** What no own pair can beat: the same round trips on a socket, without any protocol. */
export const bareSocket: Peer = { ...nodePeer("bare-socket"), can: { streams: false, tls: false } };

/** All rivals on this machine; grpc-go only when Go is there. */
export function findRivals(log: (line: string) => void): Peer[] {
  const rivals = [
    nodePeer("grpc-js"),
    nodePeer("nice-grpc"),
    nodePeer("connect-node"),
    nodePeer("node-http2", false),
  ];
  const go = buildGoPeer(log);
  return go ? [...rivals, go] : rivals;
}

function buildGoPeer(log: (line: string) => void): Peer | undefined {
  const cache = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
    "trunkline",
    "bench-go",
  );
  const binary = join(cache, "bench");
  try {
    mkdirSync(cache, { recursive: true });
    execFileSync("bash", [join(goSource, "build.sh"), cache], {
      stdio: ["ignore", "ignore", "pipe"],
    });
  } catch (error) {
    log(
      `grpc-go takes no part, its peer could not be built: ${(error as Error).message.split("\n")[0]}`,
    );
    if (!existsSync(binary)) return undefined;
  }
  return {
    name: "grpc-go",
    server: [binary, "server"],
    client: (workload, port, inFlight, time) => [
      binary,
      "client",
      workload,
      ...[port, inFlight, time.warmMs, time.measureMs].map(String),
    ],
    can: { streams: true, tls: true },
    env: { GOMAXPROCS: "1" },
  };
}
