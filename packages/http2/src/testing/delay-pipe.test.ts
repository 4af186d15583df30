// The path in virtual time, when there is nothing more to say on it.
import { expect, test } from "vitest";
import { createConnection } from "../connection/create-connection.js";
import { talk } from "./delay-pipe.js";
import { RecordingSink } from "./recording-sink.js";

test("the talk is over when nothing is on its way, though it was not done", () => {
  const left = createConnection({ role: "client", sink: new RecordingSink(), nowMs: 0 });
  const right = createConnection({ role: "server", sink: new RecordingSink(), nowMs: 0 });
  const path = { rttMs: 10, bytesPerSecond: 1e9 };
  // Settings there, acknowledgement back: both have gone one way and the other.
  expect(talk(left, right, path, () => false)).toBeCloseTo(10, 0);
});
