// What a `consul:` target says: where the agent is, which service is meant, and which of its servers.
import type { Target } from "@trunkline/client";
import { UsageError } from "@trunkline/core";

/** A target of Consul, taken apart. */
export interface ConsulTarget {
  readonly service: string;
  /** Where the agent is, as host and port; undefined: the target does not say. */
  readonly agent: { readonly host: string; readonly port: number } | undefined;
  /** What the agent is asked with, apart from the index. */
  readonly query: URLSearchParams;
  /** Whether servers whose checks warn are left out. */
  readonly passing: boolean;
  /** Whether the agent sorts by distance: then its order counts. */
  readonly isSorted: boolean;
}

/** Parameters that go to the agent as they are, and how often each may stand there. */
const passedOn: Readonly<Record<string, number>> = {
  dc: 1,
  ns: 1,
  partition: 1,
  peer: 1,
  near: 1,
  filter: 1,
  tag: Infinity,
  "node-meta": Infinity,
  stale: 1,
  consistent: 1,
  cached: 1,
};

/** @throws {UsageError} that names the target and what is wrong with it. */
export function parseConsulTarget(target: Target): ConsulTarget {
  const [path = "", text = ""] = split(target);
  const service = decode(target, path.replace(/^\/+|\/+$/g, ""));
  if (service === "" || service.includes("/")) {
    throw new UsageError(
      `target "${target.text}" names no service; write consul://host:port/service?tag=..&dc=..`,
    );
  }
  const given = new URLSearchParams(text);
  const query = new URLSearchParams();
  let passing = true;
  for (const [name, value] of given) {
    if (name === "passing") passing = parseFlag(target, value);
    else addParameter(target, query, name, value);
  }
  // With warnings as well, the critical ones come too and are left out here.
  if (passing) query.set("passing", "1");
  const agent = parseAgent(target);
  return { service, agent, query, passing, isSorted: query.has("near") };
}

/** Path and query as they were written: once decoded, a `&` of a filter could not be told from one between parameters. */
function split({ text }: Target): string[] {
  const rest = text.replace(/^[^:]*:(?:\/\/[^/]*(?:\/|$))?/, "");
  const at = rest.indexOf("?");
  return at < 0 ? [rest] : [rest.slice(0, at), rest.slice(at + 1)];
}

function decode({ text }: Target, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new UsageError(`target "${text}": "${part}" is not percent-encoded UTF-8`);
  }
}

function parseFlag(target: Target, value: string): boolean {
  if (value === "" || value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw new UsageError(`target "${target.text}": passing is "${value}"; it must be true or false`);
}

function addParameter(target: Target, query: URLSearchParams, name: string, value: string): void {
  const most = passedOn[name];
  if (most === undefined) {
    const known = ["passing", ...Object.keys(passedOn)].join(", ");
    throw new UsageError(
      `target "${target.text}": the parameter "${name}" is not known; known are ${known}`,
    );
  }
  if (query.getAll(name).length >= most) {
    throw new UsageError(`target "${target.text}": the parameter "${name}" stands there twice`);
  }
  query.append(name, value);
}

function parseAgent({ authority, text }: Target): ConsulTarget["agent"] {
  if (authority === "") return undefined;
  try {
    return parseAgentAddress(authority);
  } catch (error) {
    throw new UsageError(`target "${text}": ${(error as Error).message}`);
  }
}

const defaultPort = 8500;

/** Reads `host`, `host:port`, `[::1]:port`. @throws {UsageError} for anything else. */
export function parseAgentAddress(text: string): { host: string; port: number } {
  const match = /^(?:\[([^[\]]+)\]|([^[\]:/\s@]+))(?::(\d{1,5}))?$/.exec(String(text));
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? defaultPort);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new UsageError(`the address of the Consul agent, "${text}", is not host:port`);
  }
  return { host, port };
}
