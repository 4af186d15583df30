// Runs one workload with one client library in a process of its own and prints what it measured.
import { readFileSync } from "node:fs";
import { createHistogram } from "node:perf_hooks";
import type { CreateDriver, Driver } from "../peers/driver.js";

/** What the client process prints: one JSON object. */
export interface ClientResult {
  /** Calls, messages, round trips or bytes, as the workload counts. */
  readonly count: number;
  readonly seconds: number;
  /** CPU time of this process, user and system. */
  readonly cpuUs: number;
  /** Latency of one operation at the median and the 99th percentile, where the workload has such a thing. */
  readonly p50Us?: number;
  readonly p99Us?: number;
  readonly peakRssBytes: number;
}

interface Limits {
  readonly warmMs: number;
  readonly measureMs: number;
}

const LIST_COUNT = 100_000;
const CHUNK_BYTES = 64 * 1024;
const CHUNKS_PER_UPLOAD = 8192;
const ECHO_BYTES = 1024 * 1024;

const [, , driverModule, workload, port, parameter, warmMs, measureMs] = process.argv;
const { createDriver } = (await import(driverModule as string)) as { createDriver: CreateDriver };
const driver = createDriver(Number(port));
const limits: Limits = { warmMs: Number(warmMs), measureMs: Number(measureMs) };
const result = await runWorkload(driver, workload as string, Number(parameter), limits);
process.stdout.write(`${JSON.stringify(result)}\n`);
driver.close();
process.exit(0);

function runWorkload(
  driver: Driver,
  name: string,
  inFlight: number,
  limits: Limits,
): Promise<ClientResult> {
  switch (name) {
    case "unary":
      return measureLoops(inFlight, limits, () => driver.getUser());
    case "echo":
      return measureEcho(driver, limits);
    case "chat":
      return measureChat(driver, limits);
    case "list":
      return measureWhole(limits, () => driver.listUsers(LIST_COUNT));
    case "upload": {
      const chunk = new Uint8Array(CHUNK_BYTES).fill(7);
      return measureWhole(limits, () => driver.upload(chunk, CHUNKS_PER_UPLOAD));
    }
    default:
      throw new Error(`no workload is called ${name}`);
  }
}

function measureEcho(driver: Driver, limits: Limits): Promise<ClientResult> {
  const payload = new Uint8Array(ECHO_BYTES);
  for (let i = 0; i < payload.length; i++) payload[i] = (i * 31) & 0xff;
  return measureLoops(1, limits, () => driver.echo(payload));
}

async function measureChat(driver: Driver, limits: Limits): Promise<ClientResult> {
  const chat = await driver.openChat();
  const result = await measureLoops(1, limits, () => chat.roundTrip("hello"));
  chat.end();
  return result;
}

/** Keeps `inFlight` operations going; counts those that end inside the measured window. */
async function measureLoops(
  inFlight: number,
  { warmMs, measureMs }: Limits,
  operation: () => Promise<void>,
): Promise<ClientResult> {
  const histogram = createHistogram();
  const from = performance.now() + warmMs;
  const until = from + measureMs;
  let count = 0;
  let cpu: NodeJS.CpuUsage | undefined;
  const loop = async () => {
    for (let now = performance.now(); now < until; ) {
      const startedAt = now;
      await operation();
      now = performance.now();
      if (startedAt < from) continue;
      cpu ??= process.cpuUsage();
      count++;
      histogram.record(Math.max(1, Math.round((now - startedAt) * 1000)));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  const seconds = (performance.now() - from) / 1000;
  return {
    ...summary(count, seconds, cpu),
    p50Us: histogram.percentile(50),
    p99Us: histogram.percentile(99),
  };
}

/** Repeats a long operation until the warm-up is over, then measures whole ones for at least `measureMs`. */
async function measureWhole(
  { warmMs, measureMs }: Limits,
  operation: () => Promise<number>,
): Promise<ClientResult> {
  const warmUntil = performance.now() + warmMs;
  while (performance.now() < warmUntil) await operation();
  const cpu = process.cpuUsage();
  const from = performance.now();
  let count = 0;
  while (performance.now() - from < measureMs) count += await operation();
  return summary(count, (performance.now() - from) / 1000, cpu);
}

function summary(count: number, seconds: number, since: NodeJS.CpuUsage | undefined): ClientResult {
  const { user, system } = process.cpuUsage(since);
  return { count, seconds, cpuUs: user + system, peakRssBytes: readPeakRss() };
}

function readPeakRss(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}
