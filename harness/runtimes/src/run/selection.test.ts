// Which compiled files are end-to-end tests.
import { expect, it } from "vitest";
import { isEndToEnd } from "./selection.js";

it.each([
  ["packages/client/test/unary.e2e.test.js", true],
  ["packages/client/src/channel/clock.test.js", false],
  ["packages/node_modules/@trunkline/client/test/unary.e2e.test.js", false],
  ["examples/hello/hello.test.js", true],
  ["examples/user-service/src/config.test.js", false],
  ["examples/user-service/test/pglite.e2e.test.js", true],
  ["examples/user-service/dist/test/pglite.e2e.test.js", false],
  ["harness/interop/src/npm-peers.test.js", true],
  ["harness/interop/src/foreign-peers.foreign.test.js", false],
  ["harness/testkit/src/der.test.js", false],
  ["harness/both-ends/src/abandoned.test.js", false],
  ["examples/operations/all-cores.test.js", false],
  ["harness/attacks/src/run/report.test.js", false],
  ["harness/interop/src/scenarios.js", false],
])("%s: %s", (path, expected) => {
  expect(isEndToEnd(path)).toBe(expected);
});
