// The services of a server: finds the method for a path and a message format, and says why there is none.
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  createGenericMethod,
  type Interceptor,
  interceptorsFor,
  isMethodPath,
  limitSentBytes,
  type MessageFormat,
  methodPath,
  streamsRequests,
  streamsResponses,
  UsageError,
} from "@trunkline/core";
import { interceptHandler } from "./interception.js";
import type { HandlerScope } from "./joined-scope.js";
import { type MethodMessages, messagesOf, rawMessagesOf } from "./message-codecs.js";
import type { AnyHandler, MethodEntry } from "./method-entry.js";
import { type MethodLimits, type ServiceOptions, toMethodLimits } from "./method-options.js";
import { scopeChain, scopeGuard, scopeHandler } from "./scoped-handler.js";

/** What the services of a server have in common. */
export interface RegistrySetup {
  readonly interceptors: readonly Interceptor[];
  /** Message formats besides protobuf. */
  readonly formats: readonly MessageFormat[];
  /** Answers calls to methods that no service has; undefined: UNIMPLEMENTED. */
  readonly unknownMethod: AnyHandler | undefined;
  /** Makes calls of handlers children of the call that they handle; undefined: nothing does. */
  readonly callScope: HandlerScope | undefined;
  /** Limits of methods that have none of their own. */
  readonly methodLimits: MethodLimits;
}

/** A method and its handler, in whatever formats it has been asked for. */
interface Registered {
  readonly method: DescMethod;
  readonly handler: AnyHandler;
  /** Its messages are handed over as bytes, in every format. */
  readonly isRaw: boolean;
  readonly limits: MethodLimits;
  readonly entries: Map<string, MethodEntry>;
}

/** The services of one server. */
export class ServiceRegistry {
  /** Changes whenever a service is added, so that remembered answers can be told from stale ones. */
  version = 0;
  private readonly methods = new Map<string, Registered>();
  private readonly byName = new Map<string, DescService>();
  private readonly setup: RegistrySetup;
  private readonly formats: ReadonlyMap<string, MessageFormat>;

  constructor(setup: RegistrySetup) {
    this.setup = setup;
    this.formats = new Map(setup.formats.map((format) => [format.name, format]));
  }

  /** All services, in the order in which they were added. */
  get services(): readonly DescService[] {
    return [...this.byName.values()];
  }

  /** Whether services are offered in this message format. */
  serves(format: string): boolean {
    return format === "proto" || this.formats.has(format);
  }

  /**
   * Registers the handlers that `implementation` has for `service`.
   * @param isRaw the handlers take and give messages as bytes.
   * @throws UsageError when the service is there already, the implementation does not fit it, or an
   * option is out of its range.
   */
  add(
    service: DescService,
    implementation: object,
    options: ServiceOptions = {},
    isRaw = false,
  ): void {
    if (this.byName.has(service.typeName)) {
      throw new UsageError(`service ${service.typeName} has been added to this server already`);
    }
    refuseUnknownMethods(service, implementation);
    refuseUnknownOptions(service, options);
    const shared = toMethodLimits(
      `option of service ${service.typeName}:`,
      options,
      this.setup.methodLimits,
    );
    const found = service.methods.flatMap((method): Registered[] => {
      const handler = findHandler(method, implementation);
      const limits = toLimitsOf(method, options, shared);
      return handler === undefined ? [] : [{ method, handler, isRaw, limits, entries: new Map() }];
    });
    // What interceptors have to prepare, or to say about a method, is better known now than at the first call.
    for (const { method } of found) interceptorsFor(method, this.setup.interceptors);
    this.byName.set(service.typeName, service);
    for (const one of found) this.methods.set(methodPath(one.method), one);
    this.version++;
  }

  /** The method in a format; undefined when there is none, or not in this format. */
  find(path: string, format = "proto"): MethodEntry | undefined {
    const registered = this.methods.get(path);
    if (registered === undefined) return this.findUnknown(path, format);
    const known = registered.entries.get(format);
    if (known !== undefined) return known;
    const entry = this.makeEntry(registered, path, format);
    // What clients may call formats has no end: of those that are only passed on, none is kept.
    if (entry !== undefined && this.serves(format)) registered.entries.set(format, entry);
    return entry;
  }

  /** What a call to `path` is for, whether it is served or not. */
  describe(path: string): { path: string; method: DescMethod | undefined; isRegistered: boolean } {
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    const service = this.byName.get(path.slice(1, slash));
    const method = service?.methods.find((one) => one.name === name);
    const isRegistered = method !== undefined && methodPath(method) === path;
    return { path, method: isRegistered ? method : undefined, isRegistered };
  }

  /** In words: why `find` has found nothing. */
  explainMissing(path: string, format: string): string {
    if (this.methods.has(path)) {
      const served = [...new Set(["proto", ...this.formats.keys()])].join(", ");
      return `messages of format ${quote(format)} are not understood; use ${served}`;
    }
    const slash = path.lastIndexOf("/");
    if (path.charCodeAt(0) !== 0x2f || slash < 1) return `malformed method name ${quote(path)}`;
    const service = path.slice(1, slash);
    if (!this.byName.has(service)) return `service ${quote(service)} is not known`;
    return `method ${quote(path.slice(1))} is not implemented`;
  }

  private findUnknown(path: string, format: string): MethodEntry | undefined {
    const handler = this.setup.unknownMethod;
    if (handler === undefined || !isMethodPath(path)) return undefined;
    const method = createGenericMethod(path);
    const { methodLimits } = this.setup;
    return this.toEntry(method, handler, format, limited(rawMessagesOf(path), path, methodLimits));
  }

  private makeEntry(
    { method, handler, isRaw, limits }: Registered,
    path: string,
    name: string,
  ): MethodEntry | undefined {
    if (!isRaw && !this.serves(name)) return undefined;
    const messages = isRaw ? rawMessagesOf(path) : messagesOf(method, this.formats.get(name));
    return this.toEntry(method, handler, name, limited(messages, path, limits));
  }

  private toEntry(
    method: DescMethod,
    handler: AnyHandler,
    format: string,
    messages: LimitedMessages,
  ): MethodEntry {
    const { interceptors, callScope } = this.setup;
    const run = callScope === undefined ? handler : scopeHandler(handler, callScope);
    const { guard, chain } = interceptHandler(method, run, messages, interceptors);
    return {
      method,
      path: methodPath(method),
      isRegistered: this.methods.has(methodPath(method)),
      format,
      takesOne: !streamsRequests(method.methodKind),
      givesOne: !streamsResponses(method.methodKind),
      ...messages,
      handler: run,
      guard: guard && callScope ? scopeGuard(guard, callScope) : guard,
      chain: chain && callScope ? scopeChain(chain, callScope) : chain,
    };
  }
}

type LimitedMessages = MethodMessages & Pick<MethodEntry, "limits">;

/** The messages of a method with a limit on what is sent. */
function limited(messages: MethodMessages, path: string, limits: MethodLimits): LimitedMessages {
  const { maxSendMessageBytes } = limits;
  const what = `response of ${path}`;
  const responseCodec = limitSentBytes(messages.responseCodec, maxSendMessageBytes, what);
  return { ...messages, responseCodec, limits };
}

function toLimitsOf(
  method: DescMethod,
  { methods }: ServiceOptions,
  limits: MethodLimits,
): MethodLimits {
  const own = methods?.[method.localName];
  if (own === undefined) return limits;
  return toMethodLimits(`option of method ${methodPath(method)}:`, own, limits);
}

function refuseUnknownOptions(service: DescService, { methods = {} }: ServiceOptions): void {
  const known = service.methods.map((method) => method.localName);
  const unknown = Object.keys(methods).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new UsageError(
    `options for ${unknown.join(", ")}: service ${service.typeName} has ${known.join(", ")}`,
  );
}

function findHandler(method: DescMethod, implementation: object): AnyHandler | undefined {
  const found: unknown = (implementation as Record<string, unknown>)[method.localName];
  if (found === undefined) return undefined;
  if (typeof found !== "function") {
    throw new UsageError(
      `${method.localName} of ${method.parent.typeName} must be a function, not ${typeof found}`,
    );
  }
  return found.bind(implementation) as AnyHandler;
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
