// The access log of a server under attack, as JSON and as text, each line held against what a stranger must not be able to do to it.
import { formatLogLine, type Log, type LogFields } from "@trunkline/core";
import { serverAccessLog } from "@trunkline/plugins/logging";
import type { ServerObserver } from "@trunkline/server";
import { TargetService } from "../gen/trunkline/attacks/v1/attacks_pb.js";

/** What ends lines, colours terminals or turns the direction of writing. */
const harmful = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const maxLineChars = 8192;

/** Fields that the lines of calls may have; any other was smuggled in. */
const known =
  /^(level|msg|protocol|peer\.address|request\.id|principal|principal\.kind|trace_id|span_id|grpc\.[a-z_.-]+)$/;

/** Counts lines, and complains of those that are not as they must be: complaints fail the run. */
export class CheckedLog {
  lines = 0;
  readonly observer: ServerObserver = serverAccessLog({
    logger: this.#logger(),
    calls: "all",
    metadata: ["x-injected", "x-injected-bin", "user-agent"],
    payloads: { methods: [TargetService] },
  });

  #logger(): Log {
    const at = (level: string) => (msg: string, fields?: LogFields) =>
      this.#check(level, msg, fields);
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }

  #check(level: string, msg: string, fields: LogFields = {}): void {
    this.lines++;
    // Where JSON escapes characters, terminals see them again as soon as somebody unpacks it: so its values count.
    const structured = JSON.stringify({ level, msg, ...fields });
    for (const [name, value] of Object.entries(JSON.parse(structured) as LogFields)) {
      if (!known.test(name)) this.#complain("a field was smuggled in", name);
      if (typeof value === "string" && harmful.test(value)) this.#complain("a value", name);
    }
    const text = formatLogLine(level, msg, fields);
    if (harmful.test(text)) this.#complain("a line of text", msg);
    if (Math.max(text.length, structured.length) > maxLineChars) this.#complain("too long", msg);
  }

  #complain(what: string, where: string): void {
    console.error(`log injection: ${what} (${JSON.stringify(where)})`);
  }
}
