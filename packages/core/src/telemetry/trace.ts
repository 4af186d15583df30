// Which parts tell each step they take, and from which level on: TRUNKLINE_TRACE and TRUNKLINE_VERBOSITY, read once.
import { readVariable } from "./environment.js";

/** The parts that can be traced. */
export const tracedParts = [
  "channel",
  "config",
  "resolver",
  "balancer",
  "subchannel",
  "proxy",
  "http2",
  "call",
  "server",
] as const;

/** A part that can be traced. */
export type TracedPart = (typeof tracedParts)[number];

/** From the most talkative to silence. */
export const verbosities = ["debug", "info", "warn", "error", "none"] as const;

/** The least important level that is written. */
export type Verbosity = (typeof verbosities)[number];

/** What the environment says about logs. */
export interface TraceSettings {
  readonly parts: ReadonlySet<TracedPart>;
  /** `debug` when something is traced and nobody says otherwise, else `warn`. */
  readonly verbosity: Verbosity;
  /** What could not be understood. */
  readonly complaints: readonly string[];
}

/** Reads `TRUNKLINE_TRACE`, such as `channel,subchannel` or `all,-call`, and `TRUNKLINE_VERBOSITY`. */
export function parseTraceSettings(trace = "", verbosity = ""): TraceSettings {
  const complaints: string[] = [];
  const parts = parseParts(trace, complaints);
  const level = verbosity.trim().toLowerCase();
  const known = verbosities.find((name) => name === level);
  if (level !== "" && known === undefined) {
    complaints.push(
      `TRUNKLINE_VERBOSITY is "${verbosity}"; it must be one of ${verbosities.join(", ")}`,
    );
  }
  return { parts, verbosity: known ?? (parts.size > 0 ? "debug" : "warn"), complaints };
}

/** The last word on a part counts: `all,-call` is everything but calls. */
function parseParts(trace: string, complaints: string[]): ReadonlySet<TracedPart> {
  const parts = new Set<TracedPart>();
  for (const word of trace.toLowerCase().split(/[,\s]+/)) {
    const isOff = word.startsWith("-");
    const name = isOff ? word.slice(1) : word;
    const meant = name === "all" ? tracedParts : tracedParts.filter((part) => part === name);
    if (meant.length === 0 && name !== "") {
      complaints.push(
        `TRUNKLINE_TRACE names "${name}"; it can name ${tracedParts.join(", ")}, all, and -name`,
      );
    }
    for (const part of meant) isOff ? parts.delete(part) : parts.add(part);
  }
  return parts;
}

let settings: TraceSettings | undefined;

/** What the environment of the process said when somebody asked first; nothing where there is none. */
export function traceSettings(): TraceSettings {
  if (settings === undefined) {
    settings = parseTraceSettings(
      readVariable("TRUNKLINE_TRACE"),
      readVariable("TRUNKLINE_VERBOSITY"),
    );
    for (const complaint of settings.complaints) console.warn(`trunkline warn: ${complaint}`);
  }
  return settings;
}

/** Whether a part was asked for: what is told of each call is put together only then. */
export function isTraced(part: TracedPart): boolean {
  return traceSettings().parts.has(part);
}
