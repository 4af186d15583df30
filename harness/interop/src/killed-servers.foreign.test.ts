// Servers of other makers that are killed under load: what our client's calls make of it.
import { type Client, createChannel, createClient, RpcError } from "@trunkline/client";
import { watchResources } from "@trunkline/testkit";
import { expect, it, vi } from "vitest";
import { goServer, pythonServer } from "./foreign/peers.js";
import { InteropService } from "./gen/trunkline/interop/v1/interop_pb.js";
import type { InteropServer, ServerPeer } from "./peer.js";

type Interop = Client<typeof InteropService>;

const laneCount = 16;
const callsEach = 200;
const roundRobin = { loadBalancingConfig: [{ round_robin: {} }] };

const retryPolicy = {
  maxAttempts: 5,
  initialBackoff: "0.05s",
  maxBackoff: "1s",
  backoffMultiplier: 2,
  retryableStatusCodes: ["UNAVAILABLE"],
};
const retrying = { ...roundRobin, methodConfig: [{ name: [{}], retryPolicy }] };

/** Calls in several lanes; one server is killed in the middle. The errors of those that failed. */
async function callUntilKilled(client: Interop, victim: InteropServer): Promise<unknown[]> {
  const errors: unknown[] = [];
  const lane = async (isFirst: boolean): Promise<void> => {
    for (let index = 0; index < callsEach; index++) {
      const killed = isFirst && index === callsEach / 2 ? victim.kill?.() : undefined;
      await client.unary({}, { timeoutMs: 10_000 }).catch((error) => errors.push(error));
      await killed;
    }
  };
  await Promise.all(Array.from({ length: laneCount }, (_, index) => lane(index === 0)));
  return errors;
}

/** Two servers, of which the first one dies. */
async function withTwo(
  peer: ServerPeer,
  serviceConfig: object,
  use: (client: Interop, victim: InteropServer) => Promise<void>,
): Promise<void> {
  const [victim, survivor] = [await peer.start(), await peer.start()];
  const channel = createChannel(`ipv4:127.0.0.1:${victim.port},127.0.0.1:${survivor.port}`, {
    serviceConfig,
  });
  try {
    // Calls before that all go to the one that is there first.
    channel.connect();
    await vi.waitFor(() => expect(channel.connections()).toHaveLength(2), { timeout: 10_000 });
    await use(createClient(InteropService, channel), victim);
  } finally {
    await channel.close();
    await survivor.stop();
    await victim.kill?.();
  }
}

it.each([goServer, pythonServer])(
  "$name, killed: only calls under way fail, and say why",
  async (peer) => {
    const check = watchResources();
    await withTwo(peer, roundRobin, async (client, victim) => {
      const hanging = Array.from({ length: 10 }, () =>
        client.unary({ hang: true }, { timeoutMs: 20_000 }).then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
      const errors = await callUntilKilled(client, victim);
      expect(errors.length).toBeLessThanOrEqual(laneCount);
      // Every other one of them was on the server that is gone; those on the other one go on.
      const lost = await Promise.race(hanging);
      for (const error of [...errors, lost]) {
        expect(error).toBeInstanceOf(RpcError);
        expect((error as RpcError).code).toBe(14);
        expect((error as RpcError).message).toContain(`127.0.0.1:${victim.port}: `);
      }
    });
    expect(await check.leftovers()).toEqual([]);
  },
  60_000,
);

it.each([goServer, pythonServer])(
  "$name, killed: with a retry policy no call fails",
  async (peer) => {
    const check = watchResources();
    await withTwo(peer, retrying, async (client, victim) => {
      expect(await callUntilKilled(client, victim)).toEqual([]);
    });
    expect(await check.leftovers()).toEqual([]);
  },
  60_000,
);
