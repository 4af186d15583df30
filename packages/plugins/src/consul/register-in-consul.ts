// Registers a server with a Consul agent, keeps its check passing, and takes it out at the end.
import { describeValue, UsageError } from "@trunkline/core";
import { expectOk, type HttpClient, HttpFailure } from "../http/http-port.js";
import {
  keepRegistered,
  type Registrar,
  type Registration,
  type RegistrationSettings,
} from "../watching/registration.js";
import { type ConsulAgent, type ConsulConnection, toAgent } from "./consul-options.js";

/** How Consul finds out whether a server is well. */
export interface ConsulCheck {
  /**
   * `ttl`: the server says so itself, at a third of `ttlSeconds`. `grpc`: the agent calls the server's health
   * service (`grpc.health.v1.Health`) each `intervalSeconds`. Default `ttl`.
   */
  readonly kind?: "ttl" | "grpc" | undefined;
  /** After how long without a word a server is critical, seconds from 1. Default 15. */
  readonly ttlSeconds?: number | undefined;
  /** How often the agent asks, seconds from 1. Default 10. */
  readonly intervalSeconds?: number | undefined;
  /** Whether the agent calls with TLS. Default false. */
  readonly tls?: boolean | undefined;
  /** After how long as critical Consul drops the server, seconds from 60. Default 60. */
  readonly deregisterAfterSeconds?: number | undefined;
}

/** Options of `registerInConsul`. */
export interface ConsulRegistrationOptions extends ConsulConnection, RegistrationSettings {
  /** The service: clients find it as `consul:///<service>`. */
  readonly service: string;
  /** Where clients reach the server: an IP address or a name. Default: the address of the agent's node. */
  readonly host?: string | undefined;
  /** The server's port, 1 to 65535. */
  readonly port: number;
  /** Tells the server from others, on this agent. Default: `<service>-<host>-<port>`. */
  readonly id?: string | undefined;
  /** What clients may filter by (`?tag=`). Default none. */
  readonly tags?: readonly string[] | undefined;
  /** Texts by name; our clients read `zone`. Default none. */
  readonly meta?: Readonly<Record<string, string>> | undefined;
  /** Shares of the traffic, whole numbers; 0 for none. Default 1 and 1. */
  readonly weights?: { readonly passing: number; readonly warning: number } | undefined;
  /** Default: a TTL of 15 seconds. */
  readonly check?: ConsulCheck | undefined;
}

/** A registration in Consul. */
export interface ConsulRegistration extends Registration {
  /** Under which id the agent has the server. */
  readonly id: string;
}

/**
 * Registers a server with a Consul agent and keeps it there: passing, and anew when the agent has
 * forgotten it. Resolves when the server can be found.
 *
 * Rejects when the agent cannot be reached or refuses; later failures are logged, and tried again.
 * @throws {UsageError} when an option cannot be used.
 * @example
 * const { port } = await server.listen({ port: 50051 });
 * const registration = await registerInConsul({ service: "users", port, tags: ["v2"] });
 */
export async function registerInConsul(
  options: ConsulRegistrationOptions,
): Promise<ConsulRegistration> {
  const registrar = new ConsulRegistrar(options);
  const registration = await keepRegistered(registrar, options);
  return Object.assign(registration, { id: registrar.id });
}

class ConsulRegistrar implements Registrar {
  readonly name: string;
  readonly id: string;
  readonly stepMs: number;
  readonly renewMs: number;
  readonly #agent: ConsulAgent;
  readonly #http: HttpClient;
  readonly #body: string;
  readonly #isTtl: boolean;

  constructor(options: ConsulRegistrationOptions) {
    const { service, host, port, check = {} } = options;
    this.#agent = toAgent(options);
    if (typeof service !== "string" || service === "") {
      throw new UsageError(`option service is ${describeValue(service)}; it must be a text`);
    }
    if (!(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
      throw new UsageError(
        `option port is ${describeValue(port)}; it must be a whole number from 1 to 65535`,
      );
    }
    const where = host === undefined ? [port] : [host, port];
    this.id = options.id ?? [service, ...where].join("-");
    this.name = `Consul ${this.#agent.address}, service "${service}", id "${this.id}"`;
    this.#isTtl = (check.kind ?? "ttl") === "ttl";
    const seconds = this.#isTtl ? ttlOf(check) : intervalOf(check);
    this.renewMs = this.#isTtl ? (seconds * 1000) / 3 : seconds * 1000;
    this.stepMs = 2 * this.#agent.requestTimeoutMs;
    this.#body = JSON.stringify(toDefinition(options, this.id));
    this.#http = this.#agent.createClient();
  }

  async register(signal: AbortSignal): Promise<void> {
    await this.#put("/v1/agent/service/register", signal, this.#body);
    // A TTL check begins as critical, whatever the registration says, on agents that had it before.
    if (this.#isTtl) await this.#pass(signal);
  }

  async renew(signal: AbortSignal): Promise<boolean> {
    try {
      if (this.#isTtl) await this.#pass(signal);
      else await this.#send("GET", `/v1/agent/service/${encodeURIComponent(this.id)}`, signal);
      return true;
    } catch (error) {
      // Older agents answer 500 where newer ones answer 404.
      if (error instanceof HttpFailure && /unknown check|^HTTP status 404/i.test(error.message)) {
        return false;
      }
      throw error;
    }
  }

  async deregister(signal: AbortSignal): Promise<void> {
    await this.#put(`/v1/agent/service/deregister/${encodeURIComponent(this.id)}`, signal);
  }

  close(): void {
    this.#http.close();
  }

  #pass(signal: AbortSignal): Promise<void> {
    return this.#put(`/v1/agent/check/pass/${encodeURIComponent(`service:${this.id}`)}`, signal);
  }

  #put(path: string, signal: AbortSignal, body?: string): Promise<void> {
    return this.#send("PUT", path, signal, body);
  }

  async #send(
    method: "GET" | "PUT",
    path: string,
    signal: AbortSignal,
    body?: string,
  ): Promise<void> {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const headers = { ...(await this.#agent.headers()), ...json };
    await expectOk(await this.#http.send({ method, path, headers, body, signal }));
  }
}

function ttlOf({ ttlSeconds = 15 }: ConsulCheck): number {
  return checkSeconds("check.ttlSeconds", ttlSeconds, 1);
}

function intervalOf({ intervalSeconds = 10 }: ConsulCheck): number {
  return checkSeconds("check.intervalSeconds", intervalSeconds, 1);
}

function checkSeconds(name: string, value: number, least: number): number {
  if (value >= least && value < Infinity) return value;
  throw new UsageError(
    `option ${name} is ${describeValue(value)}; it must be a number of seconds from ${least}`,
  );
}

function toDefinition(options: ConsulRegistrationOptions, id: string): object {
  const { service, host, port, tags = [], meta = {}, weights, check = {} } = options;
  const { deregisterAfterSeconds = 60, tls = false } = check;
  const forgetMs = checkSeconds("check.deregisterAfterSeconds", deregisterAfterSeconds, 60);
  const probe =
    check.kind === "grpc"
      ? {
          // An agent asks from its own machine: the node's address is the loopback to it.
          GRPC: `${formatHost(host ?? "127.0.0.1")}:${port}`,
          GRPCUseTLS: tls,
          Interval: `${intervalOf(check)}s`,
        }
      : { TTL: `${ttlOf(check)}s`, Status: "passing" };
  return {
    ID: id,
    Name: service,
    ...(host === undefined ? {} : { Address: host }),
    Port: port,
    Tags: tags,
    Meta: meta,
    ...(weights === undefined
      ? {}
      : { Weights: { Passing: weights.passing, Warning: weights.warning } }),
    Check: {
      CheckID: `service:${id}`,
      ...probe,
      DeregisterCriticalServiceAfter: `${forgetMs}s`,
    },
  };
}

function formatHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
