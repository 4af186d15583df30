// Ends a mailbox when its call ends before the handler does.
import type { ServerCall } from "@trunkline/server";
import type { Mailbox } from "../domain/mailbox.js";

/**
 * A handler that waits for its mailbox would otherwise wait for ever: a generator that stands at an
 * `await` cannot be ended from outside.
 */
export function endWithCall(call: ServerCall, mailbox: Mailbox<unknown>): void {
  const { signal } = call;
  if (signal.aborted) mailbox.end();
  else signal.addEventListener("abort", () => mailbox.end(), { once: true });
}
