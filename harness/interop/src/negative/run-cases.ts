// Runs the negative cases: a bad server of its own for each.
import { type LeakCheck, watchResources } from "@trunkline/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BadServer, startBadServer } from "./bad-server.js";
import { type NegativeCase, negativeCases } from "./cases.js";

const CASE_TIMEOUT_MS = 60_000;

/** Declares a test for each case; `runClient` is the client's part. */
export function describeNegative(
  client: "trunkline" | "grpc-go",
  runClient: (negative: NegativeCase, server: BadServer) => Promise<void>,
): void {
  describe(`${client} client -> bad HTTP/2 server`, () => {
    let check: LeakCheck;
    beforeEach(() => {
      check = watchResources();
    });
    afterEach(async () => {
      expect(await check.leftovers()).toEqual([]);
    });
    for (const negative of negativeCases) {
      const runCase = async (): Promise<void> => {
        const { behaviour, behaviourForGo = behaviour } = negative;
        const server = await startBadServer(client === "grpc-go" ? behaviourForGo : behaviour);
        try {
          await runClient(negative, server);
          negative.expectSeen?.(server.seen);
        } finally {
          await server.stop();
        }
      };
      it(negative.name, runCase, CASE_TIMEOUT_MS);
    }
  });
}
