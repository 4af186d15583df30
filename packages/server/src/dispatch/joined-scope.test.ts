// Handlers run within the scopes of all who gave one.
import type { ParentCall } from "@trunkline/core";
import { expect, it } from "vitest";
import { type HandlerScope, joinScopes } from "./joined-scope.js";

const call: ParentCall = { deadline: undefined, signal: new AbortController().signal };

function scope(name: string, log: string[]): HandlerScope {
  return {
    run(_call, action) {
      log.push(`${name} begins`);
      const result = action();
      log.push(`${name} ends`);
      return result;
    },
  };
}

it("is none of none, and the only one of one", () => {
  const only = scope("only", []);
  expect(joinScopes([undefined])).toBeUndefined();
  expect(joinScopes([undefined, only])).toBe(only);
});

it("nests, the first outermost", () => {
  const log: string[] = [];
  const joined = joinScopes([scope("a", log), undefined, scope("b", log), scope("c", log)]);
  expect(joined?.run(call, () => 7)).toBe(7);
  expect(log).toEqual(["a begins", "b begins", "c begins", "c ends", "b ends", "a ends"]);
});
