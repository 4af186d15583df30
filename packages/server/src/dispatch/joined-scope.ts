// One scope of several: that of the server's option, and those of observers.
import type { CallScope, ParentCall } from "@trunkline/core";

/** What a handler is run within. */
export type HandlerScope = Pick<CallScope, "run">;

/** Runs actions within all of them, the first outermost; undefined when there is none. */
export function joinScopes(
  scopes: readonly (HandlerScope | undefined)[],
): HandlerScope | undefined {
  const given = scopes.filter((scope) => scope !== undefined);
  if (given.length < 2) return given[0];
  return given.reduceRight((inner, outer) => ({
    run: <T>(call: ParentCall, action: () => T): T =>
      outer.run(call, () => inner.run(call, action)),
  }));
}
