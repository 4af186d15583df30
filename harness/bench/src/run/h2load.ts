// h2load as the load generator: one run against a server, with the server's CPU time beside it.
import { setTimeout as delay } from "node:timers/promises";
import type { RunTime } from "./peers.js";
import { LOAD_CORE, readTreeCpuUs, run, type ServerProcess } from "./process.js";

export interface LoadShape {
  readonly connections: number;
  readonly streams: number;
  readonly tls: boolean;
  /** A file that holds one gRPC request message with its envelope. */
  readonly bodyFile: string;
  /** Sent with each call, beside those of gRPC: `name: value`. */
  readonly headers?: readonly string[];
}

export interface LoadResult {
  readonly callsPerSecond: number;
  /** CPU time of the server for one call. */
  readonly cpuUsPerCall: number;
}

const PATH = "/trunkline.bench.v1.BenchService/GetUser";
const MARGIN_MS = 30_000;

export async function loadServer(
  server: ServerProcess,
  shape: LoadShape,
  time: RunTime,
): Promise<LoadResult> {
  const command = [
    "h2load",
    `--duration=${time.measureMs / 1000}`,
    `--warm-up-time=${time.warmMs / 1000}`,
    "-c",
    String(shape.connections),
    "-m",
    String(shape.streams),
    "-d",
    shape.bodyFile,
    "-H",
    "content-type: application/grpc",
    "-H",
    "te: trailers",
    ...(shape.headers ?? []).flatMap((header) => ["-H", header]),
    `${shape.tls ? "https" : "http"}://127.0.0.1:${server.port}${PATH}`,
  ];
  const limitMs = time.warmMs + time.measureMs + MARGIN_MS;
  const load = run(command, { core: LOAD_CORE, limitMs });
  const [text, utilisation] = await Promise.all([load, watchCpu(server.pid, time)]);
  const callsPerSecond = parseRate(text);
  return { callsPerSecond, cpuUsPerCall: (utilisation * 1e6) / callsPerSecond };
}

/** The share of one core that the server takes inside the measured window. */
async function watchCpu(pid: number, { warmMs, measureMs }: RunTime): Promise<number> {
  await delay(warmMs + measureMs * 0.1);
  const from = performance.now();
  const before = readTreeCpuUs(pid);
  await delay(measureMs * 0.8);
  return (readTreeCpuUs(pid) - before) / ((performance.now() - from) * 1000);
}

/** Reads h2load's summary; throws when a request failed. */
export function parseRate(text: string): number {
  const rate = /finished in .*?, ([\d.]+) req\/s/.exec(text)?.[1];
  const failed = /(\d+) failed, (\d+) errored, (\d+) timeout/.exec(text);
  const other = /status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(text);
  if (!rate || !failed || !other) throw new Error(`h2load printed no summary: ${text.slice(-800)}`);
  const bad = [failed[1], failed[2], failed[3], other[2], other[3], other[4]].map(Number);
  if (bad.some((n) => n > 0) || Number(rate) === 0) {
    throw new Error(`h2load saw failed requests: ${failed[0]}; ${other[0]}`);
  }
  return Number(rate);
}
