// Runs the official cases of a client against a server.
import { it } from "vitest";
import type { ServerPeer } from "../peer.js";
import { describePeers, type Security } from "../run-pairs.js";
import { officialCases } from "./cases.js";
import type { OfficialClient } from "./peer.js";

/** More than the overall timeout of the soak cases. */
const CASE_TIMEOUT_MS = 90_000;

function isPossible(name: string, server: ServerPeer): boolean {
  const { needs = [] } = officialCases.find((each) => each.name === name)!;
  return !needs.some((need) => server.lacks.includes(need));
}

/** Declares the tests of one pair: the cases that the client has and the server can take part in, soak cases where wanted. */
export function describeOfficialPair(
  pair: { readonly client: OfficialClient; readonly server: ServerPeer },
  security: Security,
  soak = true,
): void {
  const names = pair.client.cases.filter(
    (name) => isPossible(name, pair.server) && (soak || !name.endsWith("_soak")),
  );
  describePeers(pair, security, (client) => {
    for (const name of names) it(name, () => client().run(name), CASE_TIMEOUT_MS);
  });
}
