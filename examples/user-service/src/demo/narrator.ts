// How the demo tells what happens.
import { RpcError } from "@trunkline/client";

/** Begins a chapter: the RPCs it shows. */
export function chapter(title: string): void {
  console.log(`\n${title}`);
}

/** Tells one thing that has happened. */
export function tell(text: string): void {
  console.log(`  ${text}`);
}

/**
 * Tells with which error a call fails.
 * @throws Error when it does not fail.
 */
export async function tellFailure(what: string, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    tell(`${what}: ${error}`);
    return;
  }
  throw new Error(`${what}: the call was expected to fail`);
}
