// Runs the table of scenarios for pairs of a client and a server.
import { createAuthority, type LeakCheck, watchResources } from "@trunkline/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClientPeer, ClientSecurity, InteropServer, ServerPeer } from "./peer.js";
import { scenarios } from "./scenarios.js";

/** Anything that calls servers: an implementation of a client, whatever it is driven with. */
interface Caller<C> {
  readonly name: string;
  connect(target: string, security?: ClientSecurity): Promise<C>;
}

/** Who calls whom. */
export interface Pair<C> {
  readonly client: Caller<C>;
  readonly server: ServerPeer;
}

/** How a connection is secured in a run. */
export type Security = "plaintext" | "tls" | "mtls";

interface Running<C> {
  readonly client: C;
  readonly server: InteropServer;
}

/** Programs take seconds to start on busy cores. */
const START_TIMEOUT_MS = 60_000;
const authority = createAuthority();

/** Starts the server, then the client, with certificates of one throw-away authority. */
export async function startPair<C>(pair: Pair<C>, security: Security): Promise<Running<C>> {
  if (security === "plaintext") {
    const server = await pair.server.start();
    return { server, client: await pair.client.connect(`127.0.0.1:${server.port}`) };
  }
  const identity = authority.issue("localhost", ["localhost", "127.0.0.1"]);
  const isMutual = security === "mtls";
  const server = await pair.server.start({
    identity,
    ...(isMutual ? { clientAuthority: authority.cert } : {}),
  });
  const client = await pair.client.connect(`localhost:${server.port}`, {
    authority: authority.cert,
    ...(isMutual ? { identity: authority.issue("an interop client") } : {}),
  });
  return { server, client };
}

/** Declares tests of one pair: `declare` is handed what gives the connected client once tests run. */
export function describePeers<C extends { close(): Promise<void> | void }>(
  pair: Pair<C>,
  security: Security,
  declare: (client: () => C) => void,
): void {
  describe(`${pair.client.name} client -> ${pair.server.name} server, ${security}`, () => {
    let running: Running<C>;
    let check: LeakCheck;
    beforeAll(async () => {
      check = watchResources();
      running = await startPair(pair, security);
    }, START_TIMEOUT_MS);
    afterAll(async () => {
      await running.client.close();
      await running.server.stop();
      expect(await check.leftovers()).toEqual([]);
    }, START_TIMEOUT_MS);
    declare(() => running.client);
  });
}

/** Declares the tests of one pair: every scenario that both ends are able to take part in. */
export function describePair(
  pair: { readonly client: ClientPeer; readonly server: ServerPeer },
  security: Security,
): void {
  const lacks = new Set([...pair.client.lacks, ...pair.server.lacks]);
  const possible = scenarios.filter(({ needs = [] }) => !needs.some((need) => lacks.has(need)));
  describePeers(pair, security, (client) => {
    for (const scenario of possible) it(scenario.name, () => scenario.run(client()));
  });
}
