// When a silent server is asked, and when it is given up, step by step; the time is the test's.
import { expect, test } from "vitest";
import { SilenceRule, type SilenceVerdict } from "./silence-rule.js";

/** `nowMs heardMs answers`; the round trip is 1 ms unless said otherwise. */
function look(
  rule: SilenceRule,
  [nowMs, heardMs, answers]: [number, number, number],
  rttMs = 1,
): string {
  return say(rule.look({ nowMs, heardMs, answers, rttMs }));
}

function say({ kind, forMs }: SilenceVerdict): string {
  return `${kind} ${forMs}`;
}

test("a server that says nothing is asked after 40 % of the time, and given up at its end", () => {
  const rule = new SilenceRule(1000);
  expect(rule.begin(5000)).toBe(400);
  expect(look(rule, [5400, 100, 0])).toBe("ask 600");
  expect(look(rule, [6000, 100, 0])).toBe("silent 1000");
});

test("whatever comes counts, and the time begins anew", () => {
  const rule = new SilenceRule(1000);
  rule.begin(0);
  expect(look(rule, [400, 300, 0])).toBe("wait 300");
  expect(look(rule, [700, 300, 0])).toBe("ask 600");
  expect(look(rule, [1300, 701, 0])).toBe("ask 600");
  expect(look(rule, [1900, 701, 0])).toBe("silent 1199");
});

test("a server is asked twice at most until it has answered a call: it counts PINGs", () => {
  const rule = new SilenceRule(1000);
  rule.begin(0);
  expect(look(rule, [400, 0, 3])).toBe("ask 600");
  expect(look(rule, [1000, 401, 3])).toBe("ask 600");
  expect(look(rule, [1600, 1001, 3])).toBe("wait 400");
  expect(look(rule, [9000, 1001, 3])).toBe("wait 400");
  rule.begin(9500);
  expect(look(rule, [9900, 1001, 3])).toBe("wait 400");
  expect(look(rule, [10_300, 1001, 4])).toBe("ask 600");
});

test("a timer that is late proves nothing: what has come meanwhile may not have been read", () => {
  const rule = new SilenceRule(1000);
  rule.begin(0);
  expect(look(rule, [400, 0, 0])).toBe("ask 600");
  expect(look(rule, [1101, 0, 0])).toBe("wait 100");
  expect(look(rule, [1201, 0, 0])).toBe("silent 1201");
});

test("a long way is given more time", () => {
  const rule = new SilenceRule(1000);
  rule.begin(0);
  expect(look(rule, [400, 0, 0], 200)).toBe("ask 800");
});
