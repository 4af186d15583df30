// What TRUNKLINE_TRACE and TRUNKLINE_VERBOSITY mean, and where lines go.
import { afterEach, describe, expect, it, vi } from "vitest";
import { parseTraceSettings } from "./trace.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  vi.resetModules();
});

describe("TRUNKLINE_TRACE", () => {
  it.each([
    ["", []],
    ["channel", ["channel"]],
    ["channel,subchannel", ["channel", "subchannel"]],
    [" Channel , HTTP2 ", ["channel", "http2"]],
    ["call proxy", ["call", "proxy"]],
    [
      "all,-call,-http2,-server,-proxy",
      ["channel", "config", "resolver", "balancer", "subchannel"],
    ],
    ["-all", []],
    ["channel,-channel", []],
    ["-channel,channel", ["channel"]],
  ])("%j: %j", (trace, parts) => {
    const settings = parseTraceSettings(trace);
    expect([...settings.parts]).toEqual(parts);
    expect(settings.complaints).toEqual([]);
    expect(settings.verbosity).toBe(parts.length > 0 ? "debug" : "warn");
  });

  it("complains of names that it does not know, and goes on", () => {
    const { parts, complaints } = parseTraceSettings("channel,chanel,-x");
    expect([...parts]).toEqual(["channel"]);
    expect(complaints).toHaveLength(2);
    expect(complaints[0]).toMatch(/^TRUNKLINE_TRACE names "chanel"; it can name channel, config, /);
  });
});

describe("TRUNKLINE_VERBOSITY", () => {
  it.each([
    ["", "warn"],
    ["debug", "debug"],
    ["INFO", "info"],
    ["none", "none"],
    ["loud", "warn"],
  ])("%j: %s", (verbosity, expected) => {
    expect(parseTraceSettings("", verbosity).verbosity).toBe(expected);
  });

  it("goes before what a trace would need", () => {
    expect(parseTraceSettings("all", "error").verbosity).toBe("error");
  });

  it("complains of words that it does not know", () => {
    expect(parseTraceSettings("", "loud").complaints).toEqual([
      'TRUNKLINE_VERBOSITY is "loud"; it must be one of debug, info, warn, error, none',
    ]);
  });
});

/** The log as a process with this environment has it, and what it writes. */
async function loadLog(environment: Readonly<Record<string, string>>) {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  vi.spyOn(console, "warn").mockImplementation(write);
  vi.spyOn(console, "error").mockImplementation(write);
  return { lines, ...(await import("./log-port.js")) };
}

describe("the default log", () => {
  it("writes the steps of the parts that were asked for, with their time", async () => {
    const { lines, traceStep, processLog } = await loadLog({ TRUNKLINE_TRACE: "channel" });
    traceStep(processLog, "channel", "channel state", { from: "IDLE", to: "READY" });
    traceStep(processLog, "subchannel", "subchannel state");
    processLog.debug("of no part");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z trunkline debug: channel state part="channel" from="IDLE" to="READY"$/,
    );
  });

  it.each([
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
    ["none", []],
  ])("with verbosity %s writes %j", async (verbosity, expected) => {
    const { lines, stderrLog } = await loadLog({ TRUNKLINE_VERBOSITY: verbosity });
    for (const level of ["debug", "info", "warn", "error"] as const) stderrLog[level]("x");
    expect(lines.map((line) => /trunkline (\w+): x/.exec(line)?.[1])).toEqual(expected);
  });

  it("that throws stops nobody who takes a step", async () => {
    const { traceStep, silentLog } = await loadLog({});
    const debug = (): never => {
      throw new Error("full");
    };
    expect(() => traceStep({ ...silentLog, debug }, "channel", "x")).not.toThrow();
  });

  it("says once what it did not understand", async () => {
    const { lines, stderrLog } = await loadLog({ TRUNKLINE_TRACE: "nothing" });
    stderrLog.debug("x");
    stderrLog.debug("x");
    expect(lines).toEqual([
      expect.stringMatching(/^trunkline warn: TRUNKLINE_TRACE names "nothing"/),
    ]);
  });
});

describe("setLog", () => {
  it("goes for everybody who named no log, until it is taken back", async () => {
    const { lines, setLog, processLog } = await loadLog({});
    const heard: unknown[][] = [];
    const listen =
      (level: string) =>
      (...args: unknown[]): void =>
        void heard.push([level, ...args]);
    const own = {
      debug: listen("debug"),
      info: listen("info"),
      warn: listen("warn"),
      error: listen("error"),
    };
    setLog(own);
    processLog.debug("a", { n: 1 });
    processLog.error("b");
    setLog(undefined);
    processLog.warn("c");
    expect(heard).toEqual([
      ["debug", "a", { n: 1 }],
      ["error", "b", undefined],
    ]);
    expect(lines).toEqual(["trunkline warn: c"]);
    expect(() => setLog({} as never)).toThrow(/log .* without a method debug/);
  });
});
