// What production costs a server, part by part and all together, beside the bare server; all get the same calls, with a token.
import { createHmac } from "node:crypto";
import { loadServer } from "../run/h2load.js";
import type { Entrant } from "../run/measurement.js";
import { nodePeer, type Peer } from "../run/peers.js";
import { SERVER_CORE, startServer } from "../run/process.js";
import type { BenchCase, BenchContext } from "./bench-case.js";

const equipped = nodePeer("trunkline-equipped");
const secret = "0123456789abcdef0123456789abcdef";
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

/** A token of usual size: 600 bytes or so. */
function signToken(): string {
  const claims = {
    ...{ iss: "bench", aud: "bench", sub: "alice", exp: 4_000_000_000 },
    ...{ scope: "users.read users.write", tenant: "t".repeat(200), roles: ["reader", "writer"] },
  };
  const head = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
}

function entrant(peer: Peer, context: BenchContext, name: string, equipment?: string): Entrant {
  return {
    name,
    async measure() {
      const parts = equipment === undefined ? {} : { BENCH_EQUIPMENT: equipment };
      const env = { ...peer.env, ...parts, BENCH_SECRET: secret };
      await using server = await startServer(peer.server, { core: SERVER_CORE, env });
      const headers = [`authorization: Bearer ${signToken()}`];
      const { bodyFile, time } = context;
      const load = { connections: 10, streams: 10, tls: false, bodyFile, headers };
      const { callsPerSecond, cpuUsPerCall } = await loadServer(server, load, time);
      return { value: callsPerSecond, cpuUs: cpuUsPerCall };
    },
  };
}

/** @param equipment parts with commas between, each one an entrant. */
function createCase(name: string, what: string, ...equipment: string[]): BenchCase {
  return {
    name,
    title: `Server, unary, 10 connections x 10 streams, ${what}`,
    unit: "calls/s",
    better: "higher",
    isInternal: true,
    entrants: (context) => [
      entrant(context.ours, context, context.ours.name),
      ...equipment.map((parts) => entrant(equipped, context, parts, parts)),
    ],
  };
}

const guards = "rate,jwt,contract,concurrency,shedding,validation";
const all = `${guards},metrics-with-times,traces-by-ratio`;

/** All of it, beside grpc-js without any of it. */
const production: BenchCase = {
  ...createCase("production", "with all that production has, and without"),
  entrants: (context) => [
    entrant(context.ours, context, context.ours.name),
    entrant(equipped, context, "all, log of errors", `${all},log-errors`),
    entrant(equipped, context, "all, log of all calls", `${all},log-all`),
    ...context.rivals
      .filter(({ name }) => name === "grpc-js")
      .map((rival) => entrant(rival, context, rival.name)),
  ],
};

export const equipmentCases: readonly BenchCase[] = [
  createCase("metrics", "with metrics for Prometheus", "metrics", "metrics-with-times"),
  createCase(
    "opentelemetry",
    "with OpenTelemetry",
    ...["traces-by-ratio", "traces-by-sampler", "otel-totals", "otel-metrics"],
  ),
  createCase("access-log", "with access logs", "log-errors", "log-all"),
  createCase("server-unary-guarded", "knowing its callers", "jwt", "jwt,contract"),
  createCase("ratelimit", "within limits", "rate", "concurrency", "shedding"),
  createCase("validation", "requests validated", "validation"),
  production,
];
