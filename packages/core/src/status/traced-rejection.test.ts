// The stack of a traced rejection names those who await it.
import { expect, it } from "vitest";
import { rejectTraced } from "./traced-rejection.js";

/** A promise that is settled from a timer, where no stack leads to whoever waits. */
function failSoon(): Promise<never> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(rejectTraced(new Error("from afar"))));
  });
}

async function waitHere(): Promise<void> {
  await failSoon();
}

async function stackOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    return (error as Error).stack ?? "";
  }
  throw new Error("nothing was thrown");
}

it("names the line that awaits, and those that await it", async () => {
  const stack = await stackOf(waitHere);
  expect(stack).toMatch(/^Error: from afar\n\s+at (async )?.*waitHere.*traced-rejection\.test/);
  expect(stack).toContain("stackOf");
  expect(stack).not.toContain("traced-rejection.ts");
});

it("sees through Promise.all", async () => {
  expect(await stackOf(() => Promise.all([waitHere(), 1]))).toContain("waitHere");
});

it("tells when reactions may be added", async () => {
  const order: string[] = [];
  const rejected = rejectTraced(new Error("x"), () => order.push("rejecting"));
  await rejected.catch(() => order.push("caught"));
  expect(order).toEqual(["rejecting", "caught"]);
});
