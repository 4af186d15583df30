// Dropped metadata is told of once for each connection, and once a second over all of them.
import { expect, it } from "vitest";
import { silentLog } from "../telemetry/log-port.js";
import { DroppedMetadataLog } from "./dropped-log.js";

it("one line a connection, one line a second", () => {
  const names: unknown[] = [];
  let now = 0;
  const log = { ...silentLog, warn: (_text: string, fields?: object) => names.push(fields) };
  const dropped = new DroppedMetadataLog(log, () => now);
  const [a, b, c] = [{}, {}, {}];
  dropped.dropped(a, "a:1", "x", "why");
  dropped.dropped(a, "a:1", "y", "why");
  dropped.dropped(b, "b:1", "z", "why");
  now = 1000;
  dropped.dropped(a, "a:1", "x", "why");
  dropped.dropped(b, "b:1", "x", "why");
  dropped.dropped(c, "c:1", "n".repeat(200), "why");
  expect(names).toEqual([
    { peer: "a:1", name: "x", why: "why" },
    { peer: "c:1", name: `${"n".repeat(100)}...`, why: "why" },
  ]);
});
