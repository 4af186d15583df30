// The server under attack: the target service, over plaintext and TLS, and what its counters say.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createServerMetrics } from "@trunkline/plugins/prometheus";
import {
  createServer,
  type Server,
  type ServerOptions,
  tlsServerCredentials,
} from "@trunkline/server";
import { answerQuestions, createAuthority } from "@trunkline/testkit";
import { Registry } from "prom-client";
import { TargetService } from "../gen/trunkline/attacks/v1/attacks_pb.js";
import { CheckedLog } from "./checked-log.js";
import { addPublicServices, Issuer, protect, warmUp } from "./protection.js";

/** Where the server listens. */
export interface Ports {
  readonly plain: number;
  readonly tls: number;
}

const mayTake = 4 * 1024 * 1024;
const payloads = new Map<number, Uint8Array>();
const loop = monitorEventLoopDelay({ resolution: 1 });
let running = 0;
let mostRunning = 0;
let faults = 0;

function payloadOf(size: number): Uint8Array {
  const wanted = Math.min(Math.max(0, size), mayTake);
  const kept = payloads.get(wanted) ?? new Uint8Array(wanted);
  payloads.set(wanted, kept);
  return kept;
}

function untilCancelled(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Notes how many handlers run at a time. */
async function counted<T>(work: () => Promise<T>): Promise<T> {
  mostRunning = Math.max(mostRunning, ++running);
  try {
    return await work();
  } finally {
    running--;
  }
}

function addTarget(server: Server): void {
  server.addService(TargetService, {
    get: ({ size, hold }, call) => {
      if (!hold) return { payload: payloadOf(size) };
      return counted(async () => {
        await untilCancelled(call.signal);
        return {};
      });
    },
    async *feed({ count, size }) {
      for (let i = 0; i < count; i++) yield { payload: payloadOf(size) };
    },
    collect: (requests, call) =>
      counted(async () => {
        let [messageCount, byteCount] = [0, 0];
        for await (const { payload, hold } of requests) {
          messageCount++;
          byteCount += payload.length;
          if (hold) await untilCancelled(call.signal);
        }
        return { messageCount: BigInt(messageCount), byteCount: BigInt(byteCount) };
      }),
  });
}

interface Order {
  readonly options: ServerOptions;
  /** Whether callers must say who they are. */
  readonly isProtected: boolean;
  /** Whether all calls are logged. */
  readonly isLogged: boolean;
}

const issuer = new Issuer();
const accessLog = new CheckedLog();
let server: Server | undefined;
const registry = new Registry();
let knownSeries = 0;

/** Calls of methods that nobody has, as metrics tell; 0 when such calls have made series. */
async function countUnknown(): Promise<number> {
  const text = await registry.metrics();
  const series = text.split("\n").length;
  knownSeries ||= series;
  const counted = /^grpc_server_started_total\{[^}]*"unknown"\} (\d+)$/m.exec(text)?.[1];
  return series === knownSeries ? Number(counted) : 0;
}

process.on("uncaughtException", (error) => {
  faults++;
  console.error(error);
});

answerQuestions({
  async listen({ options, isProtected, isLogged }: Order): Promise<Ports> {
    server = createServer(isProtected ? { ...options, interceptors: protect(issuer) } : options);
    addTarget(server);
    createServerMetrics({ registry }).watch(server);
    if (isLogged) server.observe(accessLog.observer);
    if (isProtected) addPublicServices(server);
    const identity = createAuthority().issue("localhost", ["127.0.0.1"]);
    const plain = await server.listen({ port: 0 });
    const tls = await server.listen({ port: 0, credentials: tlsServerCredentials(identity) });
    if (isProtected) await warmUp(plain.port);
    return { plain: plain.port, tls: tls.port };
  },
  /** Counters, and the longest time since the last question that the event loop did not come round. */
  async stats() {
    const countedAsUnknown = await countUnknown();
    const longestTurnMs = Math.round(loop.max / 1e6);
    loop.reset();
    loop.enable();
    const { fetches: jwksFetches } = issuer;
    const { lines: logLines } = accessLog;
    const own = {
      logLines,
      countedAsUnknown,
      mostRunning,
      running,
      faults,
      longestTurnMs,
      jwksFetches,
    };
    return { ...own, ...countersOf(server) };
  },
});

/** Counters by name; those of a group by its name, a dot and their own. */
function countersOf(of: Server | undefined): Record<string, number> {
  const flat: Record<string, number> = {};
  for (const [name, value] of Object.entries(of?.stats() ?? {})) {
    if (typeof value === "number") flat[name] = value;
    else for (const [key, count] of Object.entries(value)) flat[`${name}.${key}`] = Number(count);
  }
  return flat;
}
