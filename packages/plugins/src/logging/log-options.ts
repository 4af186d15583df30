// Options of access logs, checked and with their defaults filled in.
import {
  checkArray,
  checkFunction,
  checkObject,
  isValidName,
  type MethodChoice,
  MethodSet,
  processLog,
  UsageError,
} from "@trunkline/core";
import { FieldRules, type RedactionOptions } from "../redaction/field-rules.js";
import { isSecretMetadata } from "../redaction/secret-names.js";
import {
  type Component,
  checkLevel,
  type LevelChoice,
  type LevelsByCode,
  type LogLevel,
  levelTable,
} from "./levels.js";
import type { FinishedCall } from "./logged-call.js";
import { type ArgumentOrder, type LineWriter, type Logger, toLineWriter } from "./logger.js";

/** Units of durations; they are the end of the field's name: `grpc.time_ms`. */
export type DurationUnit = "s" | "ms" | "us" | "ns";

/** Options for messages in logs. */
export interface PayloadOptions extends RedactionOptions {
  /** The methods whose messages are logged: descriptors, `/package.Service/Method` or `/package.Service/*`. No others are. */
  readonly methods: readonly MethodChoice[];
  /** Whether requests are logged. Default true. */
  readonly requests?: boolean | undefined;
  /** Whether responses are logged. Default true. */
  readonly responses?: boolean | undefined;
  /** About how much of each message is logged, names and values together, characters, 0 to 1,048,576. Default 2048. */
  readonly maxChars?: number | undefined;
  /** The level of their lines. Default `info`. */
  readonly level?: LogLevel | undefined;
}

/** Options of `serverAccessLog` and `clientAccessLog`. */
export interface AccessLogOptions {
  /**
   * Where lines go: pino, winston, bunyan, `console`, anything with the methods `debug`, `info`, `warn` and `error`. Default: the log
   * of the process (`setLog`), which shows warnings and errors.
   */
  readonly logger?: Logger | undefined;
  /** Whether the logger takes fields or message first. Default: fields for pino and bunyan, which are recognised, the message for others. */
  readonly order?: ArgumentOrder | undefined;
  /**
   * Which calls are logged when they end. `errors`: those that do not end with OK, and slow ones. `all`: every call. `none`: no call
   * (but payloads and begins, where wanted). Default `errors`.
   */
  readonly calls?: "all" | "errors" | "none" | undefined;
  /**
   * Decides call by call: a level or `none`, or true for the level that the status has, false for no line; undefined: as the other
   * options say. It is asked for each call, so it should be quick. Default: not asked.
   */
  readonly decide?: ((call: FinishedCall) => LevelChoice | boolean | undefined) | undefined;
  /** A call with one request and one response that takes longer is slow: its level is `warn` at least. Milliseconds, 0 or more; `Infinity`: never. Default 1000. */
  readonly slowMs?: number | undefined;
  /** The same for calls with streams, whose length is usually no fault. Default `Infinity`. */
  readonly slowStreamMs?: number | undefined;
  /**
   * Levels by status code, `none` for no line: `{ NOT_FOUND: "debug" }`. Default on servers: `error` for UNKNOWN, UNIMPLEMENTED, INTERNAL
   * and DATA_LOSS, `info` for OK, NOT_FOUND, CANCELLED, ALREADY_EXISTS, INVALID_ARGUMENT and UNAUTHENTICATED, `warn` for the rest. On clients:
   * `warn` for UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS, `info` for UNKNOWN, DEADLINE_EXCEEDED, PERMISSION_DENIED and UNAUTHENTICATED,
   * `debug` for the rest.
   */
  readonly levels?: LevelsByCode | undefined;
  /** The part of the calls with OK that are logged, where `calls` is `all`, 0 to 1; slow ones are always. Default 1. */
  readonly sample?: number | undefined;
  /** Most lines a second, so that nobody can fill a disk by making calls fail; what is left out is counted in a line. 1 or more. Default: no limit. */
  readonly maxLinesPerSecond?: number | undefined;
  /** Methods of which nothing is logged: `["/grpc.health.v1.Health/*"]`. Default: none. */
  readonly except?: readonly MethodChoice[] | undefined;
  /** Whether the begin of a call has a line, too: for no call, those with streams, or all. Default `none`. */
  readonly begins?: "none" | "streams" | "all" | undefined;
  /**
   * Names of request metadata that are logged, as `grpc.request.metadata.NAME`. Names of credentials (`authorization`, `cookie`, `x-api-key`, whatever
   * has `token`, `secret` or `password` in it ...) are refused. Default: none.
   */
  readonly metadata?: readonly string[] | undefined;
  /** The request metadata that identifies a request, logged as `request.id`; false: none. Default `x-request-id`. */
  readonly requestId?: string | false | undefined;
  /** Whether `trace_id` and `span_id` are logged: those of the tracer, else of the metadata `traceparent`. Default true. */
  readonly trace?: boolean | undefined;
  /** The unit of `grpc.time_ms`, and so its name. Default `ms`. */
  readonly durationUnit?: DurationUnit | undefined;
  /** Messages in the log, for some methods. Default: no message of any method. */
  readonly payloads?: PayloadOptions | undefined;
}

/** Payload options with their defaults. */
export interface PayloadSettings {
  readonly methods: MethodSet;
  readonly requests: boolean;
  readonly responses: boolean;
  readonly maxChars: number;
  readonly level: LogLevel;
  readonly rules: FieldRules;
}

/** Options with their defaults. */
export interface AccessLogSettings {
  readonly component: Component;
  readonly writer: LineWriter;
  readonly calls: "all" | "errors" | "none";
  readonly decide: AccessLogOptions["decide"];
  readonly slowMs: number;
  readonly slowStreamMs: number;
  readonly levels: readonly LevelChoice[];
  readonly sample: number;
  readonly maxLinesPerSecond: number;
  readonly except: MethodSet;
  readonly begins: "none" | "streams" | "all";
  readonly metadata: readonly string[];
  readonly requestId: string | undefined;
  readonly trace: boolean;
  readonly durationUnit: DurationUnit;
  readonly payloads: PayloadSettings | undefined;
}

/** @throws {UsageError} for the first option that cannot be used. */
export function readLogOptions(
  component: Component,
  options: AccessLogOptions = {},
): AccessLogSettings {
  checkObject("options", options);
  const { calls = "errors", begins = "none", durationUnit = "ms" } = options;
  checkFunction("decide", options.decide);
  checkOneOf("calls", calls, ["all", "errors", "none"]);
  checkOneOf("begins", begins, ["none", "streams", "all"]);
  checkOneOf("durationUnit", durationUnit, ["s", "ms", "us", "ns"]);
  const { slowMs = 1000, slowStreamMs = Infinity, sample = 1 } = options;
  const { maxLinesPerSecond = Infinity, requestId = "x-request-id" } = options;
  checkWithin("slowMs", slowMs, 0, Infinity);
  checkWithin("slowStreamMs", slowStreamMs, 0, Infinity);
  checkWithin("sample", sample, 0, 1);
  checkWithin("maxLinesPerSecond", maxLinesPerSecond, 1, Infinity);
  const names = readNames("metadata", options.metadata);
  return {
    component,
    writer: toLineWriter((options.logger ?? processLog) as Logger, options.order),
    calls,
    decide: options.decide,
    slowMs,
    slowStreamMs,
    levels: levelTable(component, options.levels),
    sample,
    maxLinesPerSecond,
    except: new MethodSet("except", options.except),
    begins,
    metadata: names,
    requestId: requestId === false ? undefined : readNames("requestId", [requestId])[0],
    trace: options.trace ?? true,
    durationUnit,
    payloads: readPayloads(options.payloads),
  };
}

function readPayloads(options: PayloadOptions | undefined): PayloadSettings | undefined {
  if (options === undefined) return undefined;
  checkObject("payloads", options);
  const { methods, requests = true, responses = true, maxChars = 2048, level = "info" } = options;
  if (methods === undefined) {
    throw new UsageError(
      "option payloads.methods is missing: no method's messages are logged unasked",
    );
  }
  checkWithin("payloads.maxChars", maxChars, 0, 1_048_576);
  checkLevel("payloads.level", level);
  const rules = new FieldRules(options);
  const chosen = new MethodSet("payloads.methods", methods);
  return { methods: chosen, requests, responses, maxChars, level, rules };
}

function readNames(option: string, names: readonly string[] | undefined): readonly string[] {
  checkArray(option, names);
  return (names ?? []).map((given) => {
    const name = String(given).toLowerCase();
    if (!isValidName(name)) {
      throw new UsageError(
        `option ${option} has ${JSON.stringify(given)}, which is no metadata name`,
      );
    }
    if (isSecretMetadata(name)) {
      throw new UsageError(
        `option ${option} has ${JSON.stringify(given)}: metadata of this name holds credentials, which are never logged`,
      );
    }
    return name;
  });
}

function checkOneOf(option: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new UsageError(
    `option ${option} is ${JSON.stringify(value)}; it must be one of ${choices.join(", ")}`,
  );
}

function checkWithin(option: string, value: number, least: number, most: number): void {
  if (typeof value === "number" && value >= least && value <= most) return;
  throw new UsageError(
    `option ${option} is ${String(value)}; it must be a number from ${least} to ${most}`,
  );
}
