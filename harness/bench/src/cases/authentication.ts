// What it costs a server to know its callers: tokens that are remembered, and what the contract demands, beside the bare server.
import { createHmac } from "node:crypto";
import { loadServer } from "../run/h2load.js";
import type { Entrant } from "../run/measurement.js";
import { SERVER_CORE, startServer } from "../run/process.js";
import type { BenchCase, BenchContext } from "./bench-case.js";

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

function serverWith(name: string, guards: string, context: BenchContext): Entrant {
  return {
    name,
    async measure() {
      const env = { BENCH_GUARDS: guards, BENCH_SECRET: secret };
      await using server = await startServer(context.ours.server, { core: SERVER_CORE, env });
      const headers = [`authorization: Bearer ${signToken()}`];
      const { bodyFile, time } = context;
      const load = { connections: 10, streams: 10, tls: false, bodyFile, headers };
      const { callsPerSecond, cpuUsPerCall } = await loadServer(server, load, time);
      return { value: callsPerSecond, cpuUs: cpuUsPerCall };
    },
  };
}

/** What limits cost calls that they let in. */
export const limitsCase: BenchCase = {
  name: "ratelimit",
  title: "Server, unary, 10 connections x 10 streams, within limits; ours has none",
  unit: "calls/s",
  better: "higher",
  isInternal: true,
  entrants: (context) => [
    serverWith(context.ours.name, "", context),
    serverWith("rate limit by address", "rate", context),
    serverWith("concurrency limit", "concurrency", context),
    serverWith("load shedding", "shedding", context),
  ],
};

export const authenticationCase: BenchCase = {
  name: "server-unary-guarded",
  title: "Server, unary, 10 connections x 10 streams, calls with a token; ours does not look at it",
  unit: "calls/s",
  better: "higher",
  isInternal: true,
  entrants: (context) => [
    serverWith(context.ours.name, "", context),
    serverWith("jwt", "jwt", context),
    serverWith("jwt and contract", "jwt,contract", context),
  ],
};
