// Refused connections in the log: the first one at once, and then how many there were.
import type { Log } from "@trunkline/core";
import { expect, test } from "vitest";
import { RefusalLog } from "./refusal-log.js";

test("one line in ten seconds", () => {
  const lines: unknown[] = [];
  const log = { warn: (text, fields) => void lines.push([text, fields]) } as Log;
  const refusals = new RefusalLog(log, "no");
  refusals.refused({ a: 1 }, 0);
  for (let ms = 0; ms < 10_000; ms += 100) refusals.refused({ a: 2 }, ms);
  refusals.refused({ a: 3 }, 10_000);
  expect(lines).toEqual([
    ["no", { a: 1, count: 1 }],
    ["no", { a: 3, count: 101 }],
  ]);
});
