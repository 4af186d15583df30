// Decides which calls have a line, and writes it: the part of access logs that is the same on both ends.
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, type LogFields } from "@trunkline/core";
import { toMessage, toMessageContent } from "../redaction/message-content.js";
import { CallFields, methodFields } from "./call-fields.js";
import type { LevelChoice, LogLevel } from "./levels.js";
import { LineLimit } from "./line-limit.js";
import type { AccessLogSettings } from "./log-options.js";
import type { LoggedCall } from "./logged-call.js";
import type { LineWriter } from "./logger.js";

/** A message, as observers are told of it. */
interface ToldMessage {
  readonly message: unknown;
  readonly bytes: Uint8Array;
}

/** What is worked out once for each method. */
interface MethodLines {
  readonly writer: LineWriter;
  readonly slowMs: number;
  readonly hasStreams: boolean;
  readonly isSilent: boolean;
  readonly showsMessages: boolean;
}

/** One access log. */
export class AccessLog {
  readonly settings: AccessLogSettings;
  readonly #fields: CallFields;
  readonly #methods = new WeakMap<DescMethod, MethodLines>();
  readonly #limit: LineLimit;

  constructor(settings: AccessLogSettings) {
    this.settings = settings;
    this.#fields = new CallFields(settings);
    this.#limit = new LineLimit(settings.maxLinesPerSecond);
  }

  /** A call begins. */
  begun(call: LoggedCall): void {
    const { begins, component } = this.settings;
    if (begins === "none") return;
    const lines = this.#linesOf(call);
    if (lines.isSilent || (begins === "streams" && !lines.hasStreams)) return;
    const level = component === "server" ? "info" : "debug";
    if (this.#admits(lines.writer, level)) {
      lines.writer.write(level, "started call", this.#fields.begun(call));
    }
  }

  /** Whether a call that ended like this can have a line: nearly none can, by default. */
  mayLog(code: Code, durationMs: number): boolean {
    const { calls, decide, slowMs, slowStreamMs } = this.settings;
    if (code !== Code.OK || calls === "all" || decide !== undefined) return true;
    return durationMs >= slowMs || durationMs >= slowStreamMs;
  }

  /** A call has ended. */
  finished(call: LoggedCall): void {
    const lines = this.#linesOf(call);
    if (lines.isSilent) return;
    const isSlow = call.durationMs >= lines.slowMs;
    const level = this.#levelOf(call, isSlow);
    if (level === "none" || !this.#admits(lines.writer, level)) return;
    lines.writer.write(level, "finished call", this.#fields.finished(call, isSlow));
  }

  /** A message was sent or received. @param number from 1. */
  message(call: LoggedCall, part: "request" | "response", told: ToldMessage, number: number): void {
    const { payloads, component } = this.settings;
    const { method } = call;
    if (payloads === undefined || method === undefined) return;
    if (!(part === "request" ? payloads.requests : payloads.responses)) return;
    const lines = this.#linesOf(call);
    if (!lines.showsMessages || !this.#admits(lines.writer, payloads.level)) return;
    const type = part === "request" ? method.input : method.output;
    const message = toMessage(type, told.message, told.bytes);
    if (message === undefined) return;
    const shown = toMessageContent(type, message, payloads.rules, payloads.maxChars);
    const fields: LogFields = {
      ...this.#fields.begun(call),
      [`grpc.${part}.content`]: shown.content,
      [`grpc.${part}.number`]: number,
      "grpc.content.truncated": shown.isTruncated ? true : undefined,
    };
    const isSent = (part === "request") === (component === "client");
    lines.writer.write(payloads.level, `${part} ${isSent ? "sent" : "received"}`, fields);
  }

  #levelOf(call: LoggedCall, isSlow: boolean): LevelChoice {
    const { calls, decide, sample, levels, component } = this.settings;
    const usual = levels[call.code] ?? "error";
    const own = isSlow && (usual === "debug" || usual === "info") ? "warn" : usual;
    if (decide !== undefined) {
      const { path, method, code, durationMs, requestMetadata: metadata, context } = call;
      const decided = decide({
        component,
        path,
        method,
        code,
        durationMs,
        isSlow,
        metadata,
        context,
      });
      if (typeof decided === "string") return decided;
      if (decided !== undefined) return decided ? own : "none";
    }
    if (calls === "none") return "none";
    if (isSlow || call.code !== Code.OK) return own;
    return calls === "all" && (sample === 1 || Math.random() < sample) ? own : "none";
  }

  #admits(writer: LineWriter, level: LogLevel): boolean {
    if (!writer.isEnabled(level)) return false;
    if (!this.#limit.admits(performance.now())) return false;
    const left = this.#limit.takeLeftOut();
    if (left > 0) {
      const { maxLinesPerSecond } = this.settings;
      this.settings.writer.write("warn", "log lines of calls were left out", {
        "lines.left_out": left,
        maxLinesPerSecond,
      });
    }
    return true;
  }

  /** Methods that clients have made up are not remembered: there is no end to them. */
  #linesOf({ method, path, isKnown }: LoggedCall): MethodLines {
    if (method === undefined || !isKnown) return this.#createLines(path, method);
    let lines = this.#methods.get(method);
    if (lines === undefined) {
      lines = this.#createLines(path, method);
      this.#methods.set(method, lines);
    }
    return lines;
  }

  #createLines(path: string, method: DescMethod | undefined): MethodLines {
    const { component, writer, slowMs, slowStreamMs, except, payloads } = this.settings;
    const hasStreams = method !== undefined && method.methodKind !== "unary";
    return {
      writer: writer.bind(methodFields(component, path, method)),
      slowMs: hasStreams ? slowStreamMs : slowMs,
      hasStreams,
      isSilent: method !== undefined && except.has(method),
      showsMessages: method !== undefined && payloads?.methods.has(method) === true,
    };
  }
}
