// How to reach a Consul agent: address, TLS, token.
import { checkFunction, describeValue, UsageError } from "@trunkline/core";
import type { HttpClient } from "../http/http-port.js";
import { createHttpClient, type HttpTls } from "../http/node/node-http.js";
import { parseAgentAddress } from "./consul-target.js";

/** How to reach a Consul agent. */
export interface ConsulConnection {
  /** The agent, `host:port` (a port left out is 8500); what a target names goes before. Default `127.0.0.1:8500`. */
  readonly address?: string | undefined;
  /** Speaks HTTPS. Default: plaintext. */
  readonly tls?: HttpTls | undefined;
  /** The ACL token, or what gives it: asked before each request, so that it may change. Default none. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Longest time a request may take that waits for nothing, milliseconds, more than 0. Default 10000. */
  readonly requestTimeoutMs?: number | undefined;
}

const defaultAgent = "127.0.0.1:8500";

/** One agent, and how to speak with it. */
export interface ConsulAgent {
  /** `host:port` */
  readonly address: string;
  readonly requestTimeoutMs: number;
  createClient(): HttpClient;
  /** The headers of a request. */
  headers(): Promise<Record<string, string>>;
}

/**
 * @param named the agent that a target names.
 * @throws {UsageError} when an option cannot be used.
 */
export function toAgent(
  options: ConsulConnection,
  named?: { readonly host: string; readonly port: number } | undefined,
): ConsulAgent {
  const { tls, token, requestTimeoutMs = 10_000 } = options;
  const target = named ?? parseAgentAddress(options.address ?? defaultAgent);
  if (typeof token !== "string") checkFunction("token", token);
  if (!(requestTimeoutMs > 0)) {
    throw new UsageError(
      `option requestTimeoutMs is ${describeValue(requestTimeoutMs)}; it must be more than 0`,
    );
  }
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return {
    address: `${host}:${target.port}`,
    requestTimeoutMs,
    createClient: () => createHttpClient({ ...target, tls }),
    async headers() {
      const value = typeof token === "function" ? await token() : token;
      return value === undefined || value === "" ? {} : { "x-consul-token": value };
    },
  };
}
