// A stand-in for a Consul agent: health of services by blocking queries, registration and TTL checks.
import type { ServerResponse } from "node:http";
import { type Answer, HttpStandIn } from "./http-stand-in.js";

/** What is registered, as clients of the agent write it. */
export interface Definition {
  readonly ID: string;
  readonly Name: string;
  readonly Address?: string;
  readonly Port: number;
  readonly Tags: readonly string[];
  readonly Weights?: object;
  readonly Check: { readonly TTL?: string; readonly GRPC?: string };
}

interface Entry {
  readonly definition: Definition;
  status: string;
}

/** See the file's first line. */
export class ConsulStandIn {
  readonly http: HttpStandIn;
  readonly services = new Map<string, Entry>();
  /** What it was asked, the path and the query. */
  readonly asked: URL[] = [];
  readonly tokens = new Set<string | undefined>();
  /** Instead of the next answers. */
  readonly faults: ((response: ServerResponse) => void)[] = [];
  index = 10;
  /** Called after each change. */
  changed: () => void = () => {};
  readonly #waiting = new Set<() => void>();

  constructor(tls?: ConstructorParameters<typeof HttpStandIn>[1]) {
    this.http = new HttpStandIn(this.#answer, tls);
  }

  /** Questions that wait for news. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Something has changed: the index goes up and those who wait are answered. */
  change(): void {
    this.index += 1;
    for (const answer of [...this.#waiting]) answer();
    this.changed();
  }

  add(ID: string, Port: number, more: Partial<Definition> = {}): void {
    const definition = {
      ID,
      Name: "users",
      Address: "10.0.0.1",
      Port,
      Tags: [],
      Check: {},
      ...more,
    };
    this.services.set(ID, { definition, status: "passing" });
    this.change();
  }

  setStatus(id: string, status: string): void {
    const entry = this.services.get(id);
    if (entry !== undefined) entry.status = status;
    this.change();
  }

  readonly #answer: Answer = (request, response, url) => {
    this.asked.push(url);
    this.tokens.add(request.headers["x-consul-token"]?.toString());
    const fault = this.faults.shift();
    if (fault !== undefined) return fault(response);
    const path = decodeURIComponent(url.pathname);
    if (path.startsWith("/v1/health/service/")) return this.#health(url, response);
    if (path === "/v1/agent/service/register") {
      let text = "";
      request.on("data", (piece) => {
        text += piece;
      });
      request.on("end", () => {
        const definition = JSON.parse(text) as Definition;
        this.services.set(definition.ID, { definition, status: "passing" });
        response.end();
        this.change();
      });
      return;
    }
    this.#agent(path, response);
  };

  #agent(path: string, response: ServerResponse): void {
    const [, action = "", id = ""] =
      /^\/v1\/agent\/(service\/deregister|check\/pass|service)\/(?:service:)?(.*)$/.exec(path) ??
      [];
    const entry = this.services.get(id);
    if (entry === undefined) {
      response.statusCode = 404;
      response.end(`Unknown check ID "service:${id}"`);
      return;
    }
    if (action === "service/deregister") this.services.delete(id);
    else entry.status = "passing";
    response.end();
    this.change();
  }

  #health(url: URL, response: ServerResponse): void {
    const index = Number(url.searchParams.get("index") ?? 0);
    const reply = (): void => {
      this.#waiting.delete(reply);
      const name = decodeURIComponent(url.pathname).split("/").at(-1);
      const all = [...this.services.values()].filter((entry) => isWanted(entry, name, url));
      response.setHeader("X-Consul-Index", String(this.index));
      response.end(JSON.stringify(all.map(toEntry)));
    };
    response.on("close", () => this.#waiting.delete(reply));
    if (index === this.index) this.#waiting.add(reply);
    else reply();
  }
}

function isWanted({ definition, status }: Entry, name: string | undefined, url: URL): boolean {
  const tags = url.searchParams.getAll("tag");
  if (definition.Name !== name || !tags.every((tag) => definition.Tags.includes(tag))) return false;
  return !url.searchParams.has("passing") || status === "passing";
}

function toEntry({ definition, status }: Entry): object {
  const { Name, ...rest } = definition;
  return {
    Node: { Node: "node-1", Address: "10.0.0.9", Meta: { zone: "north" } },
    Service: { ...rest, Service: Name },
    Checks: [{ CheckID: "serfHealth", Status: "passing" }, { Status: status }],
  };
}
