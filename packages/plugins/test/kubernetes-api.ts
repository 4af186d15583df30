// A stand-in for the API server of Kubernetes: lists and watches of EndpointSlices, with versions, bookmarks and faults.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, HttpStandIn } from "./http-stand-in.js";

/** A slice with one address a server. */
export interface SliceOptions {
  readonly type?: "IPv4" | "IPv6";
  readonly port?: number;
  /** More of each server. */
  readonly more?: object;
}

/** See the file's first line. */
export class KubernetesStandIn {
  readonly http: HttpStandIn;
  readonly slices = new Map<string, object>();
  readonly asked: URL[] = [];
  readonly tokens = new Set<string | undefined>();
  /** Instead of the next answers. */
  readonly faults: ((response: ServerResponse) => void)[] = [];
  /** What is older is gone: watches from there are answered with 410. */
  oldest = 1;
  version = 1;
  readonly #watches = new Set<ServerResponse>();
  readonly #events: { version: number; event: object }[] = [];

  constructor(tls?: ConstructorParameters<typeof HttpStandIn>[1]) {
    this.http = new HttpStandIn(this.#answer, tls);
  }

  /** Puts a slice there, or changes it. */
  put(name: string, hosts: readonly string[], options: SliceOptions = {}): void {
    const { type = "IPv4", port = 1, more = {} } = options;
    this.version += 1;
    const object = {
      metadata: { name, resourceVersion: String(this.version) },
      addressType: type,
      ports: [{ name: "grpc", port, protocol: "TCP" }],
      endpoints: hosts.map((host) => ({ addresses: [host], conditions: { ready: true }, ...more })),
    };
    this.#emit({ type: this.slices.has(name) ? "MODIFIED" : "ADDED", object });
    this.slices.set(name, object);
  }

  delete(name: string): void {
    this.version += 1;
    const metadata = { name, resourceVersion: String(this.version) };
    this.slices.delete(name);
    this.#emit({ type: "DELETED", object: { metadata } });
  }

  /** Sends something to all watches as it is. */
  send(text: string): void {
    for (const watch of this.#watches) watch.write(text);
  }

  /** Ends all watches in good order. */
  endWatches(): void {
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
  }

  get watches(): number {
    return this.#watches.size;
  }

  #emit(event: object): void {
    this.#events.push({ version: this.version, event });
    const text = `${JSON.stringify(event)}\n`;
    // In pieces, as a network may have it.
    for (const part of [text.slice(0, 11), text.slice(11)]) this.send(part);
  }

  readonly #answer: Answer = (request, response, url) => {
    this.asked.push(url);
    this.tokens.add(request.headers.authorization);
    const fault = this.faults.shift();
    if (fault !== undefined) fault(response);
    else if (!isForUs(request, url))
      fail(response, 404, "the server could not find the requested resource");
    else if (url.searchParams.has("watch")) this.#watch(url, response);
    else this.#list(url, response);
  };

  #list(url: URL, response: ServerResponse): void {
    const all = [...this.slices.values()];
    const from = Number(url.searchParams.get("continue") ?? 0);
    // A page of two, so that there are several.
    const rest = all.length > from + 2 ? { continue: String(from + 2) } : {};
    const metadata = { resourceVersion: String(this.version), ...rest };
    response.end(JSON.stringify({ metadata, items: all.slice(from, from + 2) }));
  }

  #watch(url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get("resourceVersion"));
    if (from < this.oldest) {
      fail(response, 410, "too old resource version");
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    for (const { version, event } of this.#events) {
      if (version > from) response.write(`${JSON.stringify(event)}\n`);
    }
    this.#watches.add(response);
    response.on("close", () => this.#watches.delete(response));
  }
}

function isForUs({ method }: IncomingMessage, { pathname, searchParams }: URL): boolean {
  return (
    method === "GET" &&
    pathname === "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices" &&
    searchParams.get("labelSelector") === "kubernetes.io/service-name=users"
  );
}

function fail(response: ServerResponse, code: number, message: string): void {
  response.statusCode = code;
  response.end(JSON.stringify({ kind: "Status", status: "Failure", code, message }));
}
