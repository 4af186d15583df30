// The deadline wheel on real time: never early, and prompt when the event loop is free.

import { describe, expect, it } from "vitest";
import { DeadlineEntry, DeadlineWheel, nowMs } from "../src/index.js";

class Waiting extends DeadlineEntry {
  readonly lateMs: Promise<number>;
  #resolve: (lateMs: number) => void = () => {};

  constructor() {
    super();
    this.lateMs = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  expired(): void {
    this.#resolve(nowMs() - this.deadlineAt);
  }
}

describe("DeadlineWheel on the system's clock", () => {
  it("is never early, and at most 5 ms late in the median", async () => {
    const wheel = new DeadlineWheel();
    const start = nowMs();
    const waiting = Array.from({ length: 40 }, (_, i) => {
      const entry = new Waiting();
      wheel.add(start + 3 + i * 7.3, entry);
      return entry;
    });
    const late = await Promise.all(waiting.map(({ lateMs }) => lateMs));
    late.sort((one, other) => one - other);
    expect(late[0]).toBeGreaterThanOrEqual(0);
    expect(late[20]).toBeLessThanOrEqual(5);
    expect(wheel.size).toBe(0);
  }, 10_000);

  it("keeps the process alive while an entry waits, and only then", async () => {
    const holding = (): number =>
      process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
    const wheel = new DeadlineWheel();
    const entry = new Waiting();
    const before = holding();
    wheel.add(nowMs() + 60_000, entry);
    await Promise.resolve();
    expect(holding()).toBe(before + 1);
    wheel.remove(entry);
    await Promise.resolve();
    expect(holding()).toBe(before);
    wheel.add(nowMs() + 60_000, entry);
    await Promise.resolve();
    expect(holding()).toBe(before + 1);
    wheel.add(nowMs() + 20, entry);
    await Promise.resolve();
    expect(holding()).toBe(before + 1);
    expect(await entry.lateMs).toBeGreaterThanOrEqual(0);
    expect(holding()).toBe(before);
  });
});
