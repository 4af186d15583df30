// Log lines: always one line, never an exception.
import { afterEach, describe, expect, it, vi } from "vitest";
import { formatLogLine, silentLog, stderrLog } from "./log-port.js";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("formatLogLine", () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;

  it.each<[string, Record<string, unknown> | undefined, string]>([
    ["plain", undefined, "trunkline warn: plain"],
    ["two\nlines", {}, 'trunkline warn: "two\\nlines"'],
    [
      "f",
      { a: 1, b: "x y", c: undefined, d: 5n },
      'trunkline warn: f a=1 b="x y" c=undefined d="5"',
    ],
    ["f", { a: { b: [1] } }, 'trunkline warn: f a={"b":[1]}'],
    ["f", { a: circular }, 'trunkline warn: f a="(cannot be shown)"'],
  ])("%#", (message, fields, line) => {
    expect(formatLogLine("warn", message, fields)).toBe(line);
  });

  it("lets strangers neither begin lines nor colour terminals, nor credentials through", () => {
    const evil = "x\r\ntrunkline error: forged\u001b[2J\u009b2J\u202e";
    const line = formatLogLine("warn", evil, {
      path: evil,
      "a\nb": evil,
      error: new Error("proxy http://user:hunter2@host"),
      long: "y".repeat(1_000_000),
    });
    expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(line).not.toContain("hunter2");
    expect(line.length).toBeLessThan(40_000);
  });

  it("shows an error with stack and causes, in one line", () => {
    const error = new Error("outer", { cause: new Error("inner") });
    const line = formatLogLine("error", "failed", { error });
    expect(line).toContain("Error: outer");
    expect(line).toContain("caused by Error: inner");
    expect(line).not.toContain("\n");
  });

  it("survives causes that go round in circles", () => {
    const error = new Error("a");
    error.cause = error;
    expect(formatLogLine("error", "failed", { error })).not.toContain("\n");
  });
});

describe("the logs", () => {
  it("stderrLog writes warnings and errors, one line each", () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const error = vi.spyOn(console, "error").mockReturnValue();
    const info = vi.spyOn(console, "log").mockReturnValue();
    stderrLog.debug("d");
    stderrLog.info("i");
    stderrLog.warn("w", { n: 1 });
    stderrLog.error("e");
    expect(warn.mock.calls).toEqual([["trunkline warn: w n=1"]]);
    expect(error.mock.calls).toEqual([["trunkline error: e"]]);
    expect(info).not.toHaveBeenCalled();
  });

  it("silentLog writes nothing", () => {
    const spies = (["debug", "info", "log", "warn", "error"] as const).map((name) =>
      vi.spyOn(console, name).mockReturnValue(),
    );
    silentLog.debug("d");
    silentLog.info("i");
    silentLog.warn("w");
    silentLog.error("e");
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
    }
  });
});
