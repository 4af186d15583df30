// Calls that wait: order, bound, leaving, and being asked again in the middle.
import { describe, expect, it } from "vitest";
import type { PendingCall } from "../../call/call-host.js";
import { WaitingCalls } from "./waiting-calls.js";

const call = (name: string): PendingCall => ({ name }) as unknown as PendingCall;
const nameOf = (pending: PendingCall): string => (pending as unknown as { name: string }).name;

describe("WaitingCalls", () => {
  it("starts in order until one has to go on waiting", () => {
    const changes: boolean[] = [];
    const waiting = new WaitingCalls(10, (some) => changes.push(some));
    const [a, b, c] = [call("a"), call("b"), call("c")];
    for (const one of [a, b, c]) {
      expect(waiting.add(one)).toBe(true);
    }
    waiting.remove(b);
    const started: string[] = [];
    waiting.drain((one) => one === a && started.push(nameOf(one)) > 0);
    expect([started, waiting.size]).toEqual([["a"], 1]);
    waiting.drain((one) => started.push(nameOf(one)) > 0);
    expect([started, waiting.size]).toEqual([["a", "c"], 0]);
    expect(changes).toEqual([true, false]);
  });

  it("is bounded", () => {
    const waiting = new WaitingCalls(1, () => {});
    expect([waiting.add(call("a")), waiting.add(call("b")), waiting.size]).toEqual([
      true,
      false,
      1,
    ]);
  });

  it("begins anew when it is asked again in the middle, without nesting", () => {
    const waiting = new WaitingCalls(10, () => {});
    const names = ["a", "b"];
    for (const name of names) {
      waiting.add(call(name));
    }
    const asked: string[] = [];
    let isReady = false;
    waiting.drain((one) => {
      asked.push(nameOf(one));
      if (!isReady) {
        isReady = true;
        waiting.drain(() => true);
        return false;
      }
      return true;
    });
    expect(asked).toEqual(["a", "a", "b"]);
    expect(waiting.size).toBe(0);
  });
});
