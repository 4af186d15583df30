// Calls of all kinds with clients that do whatever they like: nothing is left, nothing breaks.
import { sharedDeadlineWheel } from "@trunkline/core";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { presentServer, startPair, stopPairs } from "./pair.js";
import type { RawCall, RawClient } from "./raw-client.js";

const methods = Object.values(TestService.method);
const act = fc.record({
  call: fc.nat(5),
  action: fc.constantFrom("open", "send", "part", "junk", "end", "cancel", "turn", "late"),
});

type Act = { call: number; action: string };

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What the client does; what cannot be done at the moment is left out. */
async function perform(client: RawClient, acts: readonly Act[]): Promise<RawCall<never>[]> {
  const open = new Map<number, RawCall<never>>();
  const all: RawCall<never>[] = [];
  for (const { call: slot, action } of acts) {
    if (action === "turn") await turn();
    const call = open.get(slot);
    if (call === undefined) {
      if (action !== "open" && action !== "late") continue;
      const headers = action === "late" ? { "grpc-timeout": "3m" } : {};
      const opened = client.open(methods[slot % 4]!, { headers }) as unknown as RawCall<never>;
      open.set(slot, opened);
      all.push(opened);
    } else {
      if (action === "send") call.sendBytes(new Uint8Array(5));
      if (action === "part") call.sendBytes(new Uint8Array(3));
      if (action === "junk") call.sendBytes(Uint8Array.of(0, 0, 0, 0, 2, 0xff, 0xff));
      if (action === "end") call.end();
      if (action === "cancel") call.cancel();
      if (action === "end" || action === "cancel") open.delete(slot);
    }
  }
  for (const call of open.values()) call.cancel();
  return all;
}

test("whatever clients do, every call ends and takes everything with it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 60 }), async (acts) => {
      let running = 0;
      const client = startPair({
        unary: async ({ text }) => ({ text }),
        async *download() {
          for (let index = 0; index < 3; index++) yield { index };
        },
        async upload(requests) {
          let count = 0;
          for await (const _ of requests) count++;
          return { count };
        },
        async *chat(requests) {
          running++;
          try {
            for await (const { text } of requests) yield { text };
          } finally {
            running--;
          }
        },
      });
      await perform(client, acts);
      await vi.waitFor(() => expect(running).toBe(0), { interval: 1 });
      // The answer comes behind everything that the server had to do before.
      await client.call(TestService.method.unary, [{}]);
      expect(client.engine.isClosed).toBe(false);
      expect(client.engine.activeStreams).toBe(0);
      client.close();
      await presentServer().shutdown({ graceMs: 1000 });
      expect(sharedDeadlineWheel().size).toBe(0);
      await stopPairs();
    }),
    { numRuns: 150 },
  );
});
