// Which calls are logged, and how much of them: the text of GRPC_BINARY_LOG_FILTER (gRFC A16).
import { UsageError } from "@trunkline/core";

/** How much of a call is logged. */
export interface LogLimits {
  /** Bytes of names and values of each list of metadata; `Infinity`: all. */
  readonly headerBytes: number;
  /** Bytes of each message; `Infinity`: all. */
  readonly messageBytes: number;
}

/** Which calls are logged, and how much of them. */
export interface BinaryLogFilter {
  /** Whether nothing is ever logged. */
  readonly isEmpty: boolean;
  /** @returns undefined when calls of the method are not logged. @param path `/package.Service/Method`. */
  limitsFor(path: string): LogLimits | undefined;
}

const everything: LogLimits = { headerBytes: Infinity, messageBytes: Infinity };
const methodPattern = /^([\w./]+)\/(\w+|\*)(\{.*)?$/;
const configPattern = /^\{(?:h(?::(\d*))?(?:;m(?::(\d*))?)?|m(?::(\d*))?)\}$/;

/**
 * Reads a filter: patterns with commas between them. `*` is every method, `package.Service/*` those of a service,
 * `package.Service/Method` one, `-package.Service/Method` none of it; the most exact one counts. Behind a pattern `{h}` means metadata
 * alone, `{m}` messages alone, `{h;m}` both, and `{h:256;m:4096}` so many bytes of each. Text that is empty logs nothing.
 * @throws {UsageError} for a pattern that is none, and for two of the same.
 */
export function parseBinaryLogFilter(text: string): BinaryLogFilter {
  const rules = new Map<string, LogLimits | undefined>();
  const patterns = text.trim() === "" ? [] : text.split(",").map((pattern) => pattern.trim());
  for (const pattern of patterns) {
    const { name, limits } = parsePattern(pattern);
    if (rules.has(name)) throw fault(pattern, `has ${name} a second time`);
    rules.set(name, limits);
  }
  return new Filter(rules);
}

class Filter implements BinaryLogFilter {
  readonly isEmpty: boolean;
  readonly #rules: ReadonlyMap<string, LogLimits | undefined>;

  constructor(rules: ReadonlyMap<string, LogLimits | undefined>) {
    this.#rules = rules;
    this.isEmpty = [...rules.values()].every((limits) => limits === undefined);
  }

  limitsFor(path: string): LogLimits | undefined {
    const method = path.startsWith("/") ? path.slice(1) : path;
    const service = `${method.slice(0, Math.max(0, method.lastIndexOf("/")))}/*`;
    const name = [method, service, "*"].find((one) => this.#rules.has(one));
    return name === undefined ? undefined : this.#rules.get(name);
  }
}

/** @returns limits undefined: not to be logged. */
function parsePattern(pattern: string): { name: string; limits: LogLimits | undefined } {
  if (pattern.startsWith("*")) return { name: "*", limits: parseLimits(pattern, pattern.slice(1)) };
  const isNegated = pattern.startsWith("-");
  const parts = methodPattern.exec(isNegated ? pattern.slice(1) : pattern);
  if (parts === null) throw fault(pattern, "is neither * nor Service/* nor Service/Method");
  const [, service, method, config = ""] = parts;
  const name = `${service}/${method}`;
  if (!isNegated) return { name, limits: parseLimits(pattern, config) };
  if (method === "*") throw fault(pattern, "excludes a whole service; only single methods can be");
  if (config !== "") throw fault(pattern, "excludes a method and has lengths for it");
  return { name, limits: undefined };
}

function parseLimits(pattern: string, config: string): LogLimits {
  if (config === "") return everything;
  const parts = configPattern.exec(config);
  if (parts === null) throw fault(pattern, `has ${config} where {h:BYTES;m:BYTES} may stand`);
  const [, header, message, messageAlone] = parts;
  if (config.startsWith("{m")) return { headerBytes: 0, messageBytes: toBytes(messageAlone) };
  const messageBytes = config.includes(";m") ? toBytes(message) : 0;
  return { headerBytes: toBytes(header), messageBytes };
}

function toBytes(digits: string | undefined): number {
  return digits === undefined || digits === "" ? Infinity : Number(digits);
}

function fault(pattern: string, what: string): UsageError {
  return new UsageError(`binary log filter: ${JSON.stringify(pattern)} ${what} (gRFC A16)`);
}
