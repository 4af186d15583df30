// RpcError: how a failed call looks on both ends.
import type { DescMessage, Message, MessageShape, Registry } from "@bufbuild/protobuf";
import { type Any, anyUnpack } from "@bufbuild/protobuf/wkt";
import { Metadata, type MetadataInit } from "../metadata/metadata.js";
import { Code, codeName, isCode } from "./code.js";
import { standardDetails } from "./details.js";
import { UsageError } from "./usage-error.js";

/** What an RpcError may carry beside its code and message. */
export interface RpcErrorOptions {
  /** Typed details, made with `packDetail`; they travel to the peer. Default: none. */
  readonly details?: readonly Any[] | undefined;
  /** Trailers to send, or that were received. Default: empty. */
  readonly metadata?: Metadata | MetadataInit | undefined;
  /** What led to the error. It stays in this process. */
  readonly cause?: unknown;
}

// Registered, so that errors of another copy of this package are known as well.
const brand: unique symbol = Symbol.for("@trunkline/core.RpcError");
const inspectSymbol: unique symbol = Symbol.for("nodejs.util.inspect.custom");
const noDetails: readonly Any[] = Object.freeze([]);

/**
 * A call failed. Handlers throw it to choose what the caller gets to see; clients catch it.
 * `instanceof` also recognises the errors of another copy of this package.
 *
 * @example
 * throw new RpcError(Code.NOT_FOUND, `user ${id} not found`);
 */
export class RpcError extends Error {
  static {
    RpcError.prototype.name = "RpcError";
    Object.defineProperty(RpcError.prototype, brand, { value: true });
    Object.defineProperty(RpcError.prototype, inspectSymbol, { value: inspectError });
    Object.defineProperty(RpcError, Symbol.hasInstance, { value: isInstance });
  }

  /** Why the call failed; never `Code.OK`. */
  readonly code: Code;
  /** The code's name, `"NOT_FOUND"`: what a process prints that ends by this error. */
  readonly codeName: string;
  /** Typed details as they travel (google.rpc.Status.details). `findDetails` unpacks them. */
  readonly details: readonly Any[];
  #metadata: Metadata | undefined;

  /**
   * @param code any but `Code.OK`.
   * @param message for developers; it is sent to the peer as it is.
   * @throws {UsageError} when `code` is `Code.OK` or no status code, or the metadata cannot be sent.
   */
  constructor(code: Code, message: string, options?: RpcErrorOptions) {
    super(
      message,
      options !== undefined && "cause" in options ? { cause: options.cause } : undefined,
    );
    if (!isCode(code) || code === Code.OK) {
      throw new UsageError(
        `an RpcError needs a code from 1 to 16, not ${String(code)}: ${message}`,
      );
    }
    this.code = code;
    this.codeName = codeName(code);
    this.details = options?.details ?? noDetails;
    const metadata = options?.metadata;
    this.#metadata =
      metadata === undefined || metadata instanceof Metadata ? metadata : new Metadata(metadata);
  }

  /** The trailers that came, or go, with the error. */
  get metadata(): Metadata {
    this.#metadata ??= new Metadata();
    return this.#metadata;
  }

  /** True when there are trailers; does not make `metadata` when there are none. */
  get hasMetadata(): boolean {
    return this.#metadata !== undefined && this.#metadata.size > 0;
  }

  /**
   * Turns whatever was thrown into an RpcError. An RpcError comes back as it is. An `AbortError`
   * becomes CANCELLED, a `TimeoutError` (`AbortSignal.timeout`) DEADLINE_EXCEEDED, anything else
   * `fallback`, with its own message and itself as the cause.
   * @param fallback default UNKNOWN.
   */
  static from(reason: unknown, fallback: Code = Code.UNKNOWN): RpcError {
    if (reason instanceof RpcError) {
      return reason;
    }
    const error = new RpcError(codeOf(reason, fallback), messageOf(reason), { cause: reason });
    Error.captureStackTrace?.(error, RpcError.from);
    return error;
  }

  /**
   * The details of one type, unpacked, in order. Details that are damaged are left out.
   * @example
   * for (const { fieldViolations } of error.findDetails(BadRequestSchema)) {}
   */
  findDetails<D extends DescMessage>(schema: D): MessageShape<D>[] {
    const found: MessageShape<D>[] = [];
    for (const detail of this.details) {
      const message = attempt(() => anyUnpack(detail, schema));
      if (message !== undefined) {
        found.push(message);
      }
    }
    return found;
  }

  /**
   * All details whose type the registry knows, unpacked, in order. Details that are damaged are left
   * out.
   * @param registry default: the ten messages of google.rpc (`standardDetails`).
   */
  decodeDetails(registry: Registry = standardDetails): Message[] {
    const found: Message[] = [];
    for (const detail of this.details) {
      const message = attempt(() => anyUnpack(detail, registry));
      if (message !== undefined) {
        found.push(message);
      }
    }
    return found;
  }

  /** `[NOT_FOUND] user 7 not found`. */
  override toString(): string {
    return this.message === ""
      ? `[${codeName(this.code)}]`
      : `[${codeName(this.code)}] ${this.message}`;
  }

  /** The error for `JSON.stringify` and structured logs: code name, message and decoded details; their 64-bit numbers as text. */
  toJSON(): { code: string; message: string; details: unknown[] } {
    const details = this.decodeDetails().map(withoutBigInts);
    return { code: codeName(this.code), message: this.message, details };
  }
}

/** JSON has no numbers of 64 bits; protobuf's JSON writes them as text, too. */
function withoutBigInts(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map(withoutBigInts);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withoutBigInts(inner)]),
  );
}

/** `instanceof`: RpcError knows the errors of every copy of this package, a subclass its own only. */
function isInstance(this: unknown, value: unknown): boolean {
  if (this !== RpcError) {
    return Function.prototype[Symbol.hasInstance].call(this as typeof RpcError, value);
  }
  return typeof value === "object" && value !== null && brand in value;
}

/** How Node.js prints the error: code name and message, stack, then what else it carries. */
function inspectError(
  this: RpcError,
  _depth: number,
  options: object,
  inspect: (value: unknown, options: object) => string,
): string {
  const frames = (this.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const rest: { details?: unknown[]; metadata?: Metadata; cause?: unknown } = {};
  if (this.details.length > 0) {
    rest.details = this.details.map((detail) => describeDetail(detail));
  }
  if (this.hasMetadata) {
    rest.metadata = this.metadata;
  }
  if (this.cause !== undefined) {
    rest.cause = this.cause;
  }
  const head = [`${this.name}: ${this.toString()}`, ...frames].join("\n");
  return Object.keys(rest).length === 0 ? head : `${head} ${inspect(rest, options)}`;
}

function codeOf(reason: unknown, fallback: Code): Code {
  const name = typeof reason === "object" && reason !== null && "name" in reason && reason.name;
  if (name === "AbortError") {
    return Code.CANCELLED;
  }
  return name === "TimeoutError" ? Code.DEADLINE_EXCEEDED : fallback;
}

function messageOf(reason: unknown): string {
  const hasMessage = typeof reason === "object" && reason !== null && "message" in reason;
  // Objects without a prototype, or with a getter that throws, cannot be made into text.
  return attempt(() => String(hasMessage ? reason.message : reason)) ?? "unknown error";
}

function describeDetail(detail: Any): unknown {
  return attempt(() => anyUnpack(detail, standardDetails)) ?? detail;
}

/** The result of `action`, or undefined when it throws: details come from peers and may be damaged. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
