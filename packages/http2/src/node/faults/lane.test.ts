// Each fault of a lane on a clock that the test moves; and that nothing is out of order.
import { describe, expect, it } from "vitest";
import { type FaultClock, Lane, type LaneFaults, noFaults } from "./lane.js";

class HandClock implements FaultClock {
  #nowMs = 0;
  #timers: { atMs: number; wake: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  setTimer(ms: number, wake: () => void): { cancel(): void } {
    const timer = { atMs: this.#nowMs + ms, wake };
    this.#timers.push(timer);
    return { cancel: () => this.#timers.splice(this.#timers.indexOf(timer), 1) };
  }

  moveTo(atMs: number): void {
    for (;;) {
      const due = this.#timers.filter((timer) => timer.atMs <= atMs);
      const [next] = due.sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.#nowMs = next.atMs;
      next.wake();
    }
    this.#nowMs = atMs;
  }
}

function open(faults: Partial<LaneFaults> = {}) {
  const clock = new HandClock();
  const settings = { ...noFaults(), ...faults };
  const log: string[] = [];
  const lane: Lane = new Lane(settings, clock, {
    deliver(bytes, done) {
      log.push(`${clock.now()}: ${bytes.length > 8 ? `${bytes.length} bytes` : [...bytes]}`);
      done();
    },
    ended: () => log.push(`${clock.now()}: end`),
    congested: (on) => log.push(`${clock.now()}: congested ${on}`),
    reset: () => log.push(`${clock.now()}: reset`),
  });
  let done = 0;
  const push = (...bytes: number[]): void => lane.push(Uint8Array.from(bytes), () => done++);
  return { clock, settings, log, lane, push, done: () => done };
}

describe("a lane", () => {
  it("without faults passes everything at once", () => {
    const { lane, push, log, done } = open();
    push(1, 2);
    push(3);
    lane.end();
    expect(log).toEqual(["0: 1,2", "0: 3", "0: end"]);
    expect(done()).toBe(2);
  });

  it("delays bytes and the end, and keeps their order when the delay gets shorter", () => {
    const { lane, push, log, clock, settings } = open({ delayMs: 100 });
    push(1);
    clock.moveTo(50);
    settings.delayMs = 10;
    push(2);
    lane.end();
    clock.moveTo(99);
    expect(log).toEqual([]);
    clock.moveTo(200);
    expect(log).toEqual(["100: 1", "100: 2", "100: end"]);
  });

  it("is as slow as it is told, and pushes back meanwhile", () => {
    const { lane, log, clock } = open({ bytesPerSecond: 1_000_000 });
    lane.push(new Uint8Array(100_000), () => {});
    expect(log).toEqual(["0: 20000 bytes", "0: congested true"]);
    clock.moveTo(100);
    expect(log.slice(2)).toEqual([
      "20: 20000 bytes",
      "20: congested false",
      "40: 20000 bytes",
      "60: 20000 bytes",
      "80: 20000 bytes",
    ]);
  });

  it("loses what is beyond its limit, in the middle of a piece as well", () => {
    const { push, log, done } = open({ dropAfterBytes: 3 });
    push(1, 2);
    push(3, 4);
    push(5);
    expect(log).toEqual(["0: 1,2", "0: 3"]);
    expect(done()).toBe(3);
  });

  it("resets at its limit", () => {
    const { push, log } = open({ resetAfterBytes: 3 });
    push(1, 2);
    expect(log).toEqual(["0: 1,2"]);
    push(3, 4);
    expect(log).toEqual(["0: 1,2", "0: 3", "0: reset"]);
  });

  it("once closed, loses what is under way and gives it back", () => {
    const { lane, push, log, clock, done } = open({ delayMs: 5 });
    push(1);
    lane.close();
    push(2);
    lane.end();
    clock.moveTo(10);
    expect(log).toEqual([]);
    expect(done()).toBe(2);
  });
});
