// The services of a server: finds the method for a path, and says why there is none.
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { type Interceptor, UsageError } from "@trunkline/core";
import { interceptHandler } from "./interception.js";
import { findCodec } from "./message-codecs.js";
import type { AnyHandler, MethodEntry } from "./method-entry.js";

/** The services of one server. */
export class ServiceRegistry {
  /** Changes whenever a service is added, so that remembered answers can be told from stale ones. */
  version = 0;
  private readonly entries = new Map<string, MethodEntry>();
  private readonly byName = new Map<string, DescService>();
  private readonly interceptors: readonly Interceptor[];

  constructor(interceptors: readonly Interceptor[]) {
    this.interceptors = interceptors;
  }

  /** All services, in the order in which they were added. */
  get services(): readonly DescService[] {
    return [...this.byName.values()];
  }

  /**
   * Registers the handlers that `implementation` has for `service`.
   * @throws UsageError when the service is there already, or the implementation does not fit it.
   */
  add(service: DescService, implementation: object): void {
    if (this.byName.has(service.typeName)) {
      throw new UsageError(`service ${service.typeName} has been added to this server already`);
    }
    refuseUnknownMethods(service, implementation);
    const entries = service.methods.flatMap((method) => this.toEntry(method, implementation));
    this.byName.set(service.typeName, service);
    for (const entry of entries) this.entries.set(entry.path, entry);
    this.version++;
  }

  find(path: string): MethodEntry | undefined {
    return this.entries.get(path);
  }

  /** In words: why `find` has found nothing. */
  explainMissing(path: string): string {
    const slash = path.lastIndexOf("/");
    if (path.charCodeAt(0) !== 0x2f || slash < 1) return `malformed method name ${quote(path)}`;
    const service = path.slice(1, slash);
    if (!this.byName.has(service)) return `service ${quote(service)} is not known`;
    return `method ${quote(path.slice(1))} is not implemented`;
  }

  private toEntry(method: DescMethod, implementation: object): MethodEntry[] {
    const found: unknown = (implementation as Record<string, unknown>)[method.localName];
    if (found === undefined) return [];
    if (typeof found !== "function") {
      throw new UsageError(
        `${method.localName} of ${method.parent.typeName} must be a function, not ${typeof found}`,
      );
    }
    const handler = found.bind(implementation) as AnyHandler;
    const kind = method.methodKind;
    const entry: MethodEntry = {
      method,
      path: `/${method.parent.typeName}/${method.name}`,
      takesOne: kind === "unary" || kind === "server_streaming",
      givesOne: kind === "unary" || kind === "client_streaming",
      requestCodec: findCodec(method.input),
      responseCodec: findCodec(method.output),
      handler,
      chain: interceptHandler(method, handler, this.interceptors),
    };
    return [entry];
  }
}

/** Catches misspelt methods in plain objects; an instance of a class may have whatever else it needs. */
function refuseUnknownMethods(service: DescService, implementation: object): void {
  if (typeof implementation !== "object" || implementation === null) {
    throw new UsageError(
      `the implementation of ${service.typeName} must be an object, not ${String(implementation)}`,
    );
  }
  if (Object.getPrototypeOf(implementation) !== Object.prototype) return;
  const known = service.methods.map((method) => method.localName);
  const unknown = Object.entries(implementation)
    .filter(([name, value]) => typeof value === "function" && !known.includes(name))
    .map(([name]) => name);
  if (unknown.length === 0) return;
  throw new UsageError(
    `service ${service.typeName} has no method ${unknown.join(", ")}; it has ${known.join(", ")}`,
  );
}

/** Paths come from the network: what is quoted back is cut short. */
function quote(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
