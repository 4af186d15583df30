// Answers the HTTP probes of Kubernetes and load balancers: is the process alive, has it started, may it get work.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { DescService } from "@bufbuild/protobuf";
import type { Http1Handler } from "../reception/http1-requests.js";

/** What probes ask for the health of services: what `addHealth` gives. */
export interface ProbedHealth {
  /** See `Health`. */
  statusOf(service: DescService | string): string | undefined;
}

/** What probes ask whether it has begun to listen: a server. */
export interface ProbedServer {
  /** See `Server`. */
  readonly addresses: readonly unknown[];
}

/** Options of `createProbes`. */
export interface ProbeOptions {
  /** The services that must be SERVING for the process to be ready. Default: the server as a whole, `""`. */
  readonly services?: readonly (DescService | string)[] | undefined;
  /**
   * Whether the process is alive, in addition to answering at all; when it says no, throws or takes longer than a second,
   * it is to be restarted. Default: it is.
   */
  readonly isAlive?: (() => boolean | Promise<boolean>) | undefined;
}

/** Answers probes. */
export interface Probes {
  /** Answers everything, what it does not know with 404: for `listen({ http1 })` and `node:http`. */
  readonly handler: Http1Handler;
  /**
   * Answers `/livez`, `/readyz`, `/healthz` and `/startupz`.
   * @returns whether it was one of them; else nothing was done.
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

const aliveTimeoutMs = 1000;

interface Answer {
  readonly isGood: boolean;
  readonly text: string;
}

/**
 * Makes them: `/livez` says whether the process lives, `/readyz` and `/healthz` whether it may get work, as health has it
 * and once the server listens, `/startupz` whether it has begun to listen. 200 or 503, with the reason as text.
 * @example
 * const probes = createProbes(server, addHealth(server));
 * await server.listen({ port: 50051, http1: probes.handler });
 */
export function createProbes(
  server: ProbedServer,
  health: ProbedHealth,
  options: ProbeOptions = {},
): Probes {
  return new HealthProbes(server, health, options);
}

class HealthProbes implements Probes {
  readonly #server: ProbedServer;
  readonly #health: ProbedHealth;
  readonly #services: readonly (DescService | string)[];
  readonly #isAlive: () => boolean | Promise<boolean>;
  #hasStarted = false;

  constructor(server: ProbedServer, health: ProbedHealth, options: ProbeOptions) {
    this.#server = server;
    this.#health = health;
    this.#services = options.services ?? [""];
    this.#isAlive = options.isAlive ?? (() => true);
  }

  readonly handler: Http1Handler = (request, response) => {
    if (!this.handle(request, response)) reply(request, response, 404, "there is no such page");
  };

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const answer = this.#find(request.url ?? "");
    if (answer === undefined) return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      reply(request, response, 405, "probes use GET");
      return true;
    }
    void answer().then(({ isGood, text }) => reply(request, response, isGood ? 200 : 503, text));
    return true;
  }

  #find(url: string): (() => Promise<Answer>) | undefined {
    switch (url.split("?", 1)[0]) {
      case "/livez":
        return () => this.#live();
      case "/readyz":
      case "/healthz":
        return async () => this.#ready();
      case "/startupz":
        return async () => this.#started();
      default:
        return undefined;
    }
  }

  async #live(): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`no answer within ${aliveTimeoutMs} ms`), aliveTimeoutMs);
    });
    const asked = (async () => ((await this.#isAlive()) ? undefined : "not alive"))();
    const reason = await Promise.race([asked, late]).catch(() => "the check has failed");
    clearTimeout(timer);
    return { isGood: reason === undefined, text: reason ?? "ok" };
  }

  #started(): Answer {
    this.#hasStarted ||= this.#server.addresses.length > 0;
    return { isGood: this.#hasStarted, text: this.#hasStarted ? "ok" : "not listening yet" };
  }

  #ready(): Answer {
    const started = this.#started();
    if (!started.isGood) return started;
    const lacking = this.#services.flatMap((service) => {
      const status = this.#health.statusOf(service) ?? "unknown";
      const name = typeof service === "string" ? service : service.typeName;
      return status === "SERVING" ? [] : [`${name || "the server"}: ${status}`];
    });
    return { isGood: lacking.length === 0, text: lacking.join("\n") || "ok" };
  }
}

function reply(
  { method }: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
): void {
  const body = `${text}\n`;
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(method === "HEAD" ? undefined : body);
}
