// What signals do: the first ends the server with grace, its echo nothing, the second without.
import { afterEach, expect, test, vi } from "vitest";
import { createReport, type ShutdownReport } from "./report.js";
import type { ShutdownOptions } from "./shutdown.js";
import { shutdownOnSignals } from "./signals.js";

afterEach(() => {
  vi.restoreAllMocks();
});

function start(exit: boolean) {
  const calls: (ShutdownOptions | undefined)[] = [];
  let end: (report: ShutdownReport) => void = () => {};
  const ended = new Promise<ShutdownReport>((resolve) => {
    end = resolve;
  });
  const server = {
    shutdown: (options?: ShutdownOptions) => {
      calls.push(options);
      return ended;
    },
  };
  const exitProcess = vi.spyOn(process, "exit").mockImplementation((() => {}) as never);
  const handle = shutdownOnSignals(server, { signals: ["SIGUSR2"], graceMs: 7, exit });
  return { calls, exitProcess, handle, end: () => end(createReport("SIGUSR2")) };
}

test("a second signal cuts off, an echo of the first does not", async () => {
  const now = vi.spyOn(performance, "now").mockReturnValue(1000);
  const { calls, exitProcess, handle, end } = start(true);
  process.emit("SIGUSR2", "SIGUSR2");
  now.mockReturnValue(1499);
  process.emit("SIGUSR2", "SIGUSR2");
  expect(calls).toEqual([{ graceMs: 7, reason: "SIGUSR2" }]);
  now.mockReturnValue(1500);
  process.emit("SIGUSR2", "SIGUSR2");
  expect(calls[1]).toEqual({ graceMs: 0 });
  end();
  await handle.ended;
  expect(exitProcess).toHaveBeenCalledWith(128);
  expect(process.listenerCount("SIGUSR2")).toBe(0);
});

test.each([true, false])("exit: %s", async (exit) => {
  const { exitProcess, handle, end } = start(exit);
  process.emit("SIGUSR2", "SIGUSR2");
  end();
  expect((await handle.ended).reason).toBe("SIGUSR2");
  expect(exitProcess.mock.calls).toEqual(exit ? [[0]] : []);
});

test("disposed of, it heeds nothing", () => {
  const { calls, handle } = start(false);
  handle.dispose();
  process.emit("SIGUSR2", "SIGUSR2");
  expect(calls).toEqual([]);
});
