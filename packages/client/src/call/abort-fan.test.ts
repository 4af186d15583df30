// One listener for each signal, gone with the last call.
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { joinSignal, leaveSignal } from "./abort-fan.js";

class Member {
  readonly reasons: unknown[] = [];
  aborted(reason: unknown): void {
    this.reasons.push(reason);
  }
}

describe("joinSignal", () => {
  it("hangs any number of calls on one listener, and takes it off after the last", () => {
    const { signal } = new AbortController();
    const members = Array.from({ length: 100 }, () => new Member());
    for (const member of members) {
      joinSignal(signal, member);
    }
    expect(getEventListeners(signal, "abort").length).toBe(1);
    for (const member of members) {
      leaveSignal(signal, member);
      leaveSignal(signal, member);
    }
    expect(getEventListeners(signal, "abort").length).toBe(0);
  });

  it("tells everybody the reason, once, those who leave meanwhile excepted", () => {
    const controller = new AbortController();
    const second = new Member();
    const first = new Member();
    first.aborted = () => leaveSignal(controller.signal, third);
    const third = new Member();
    for (const member of [first, second, third]) {
      joinSignal(controller.signal, member);
    }
    leaveSignal(controller.signal, second);
    joinSignal(controller.signal, second);
    controller.abort("why");
    controller.abort("again");
    expect(second.reasons).toEqual(["why"]);
    expect(getEventListeners(controller.signal, "abort").length).toBe(0);
  });
});
