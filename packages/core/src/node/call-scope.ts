// A call scope that follows asynchronous code by AsyncLocalStorage.
import { AsyncLocalStorage } from "node:async_hooks";
import type { CallScope, ParentCall } from "../call/call-scope.js";

/**
 * Makes a scope that follows code through promises, timers and callbacks. Give the same one to the
 * server and to the channels that its handlers use: deadline, cancellation and trace of the call that
 * is being handled then hold for every call that its handler makes, without a word in the handler.
 *
 * @example
 * const callScope = createCallScope();
 * const server = createServer({ callScope });
 * const channel = createChannel("inventory:50051", { callScope });
 */
export function createCallScope(): CallScope {
  const storage = new AsyncLocalStorage<ParentCall>();
  return {
    run: (call, action) => storage.run(call, action),
    current: () => storage.getStore(),
  };
}
