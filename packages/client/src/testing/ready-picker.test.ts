// Pickers for measuring: every built-in policy makes one that uses each of its endpoints.
import { Metadata } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import type { Endpoint } from "../resolver/endpoint.js";
import { createReadyPicker } from "./ready-picker.js";

const hosts = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
const endpoints: Endpoint[] = hosts.map((host) => ({
  addresses: [{ kind: "tcp", host, port: 1 }],
}));

function countPicks(config: object, count: number): Map<string, number> {
  const picker = createReadyPicker({ loadBalancingConfig: [config], endpoints });
  const counts = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const metadata = new Metadata({ user: `user ${i}` });
    const pick = picker.pick({ path: "/a.B/C", metadata });
    const address = pick.kind === "use" ? pick.subchannel.address : undefined;
    const host = address?.kind === "tcp" ? address.host : pick.kind;
    counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  return counts;
}

describe("createReadyPicker", () => {
  it.each([
    { weighted_round_robin: {} },
    { least_request: {} },
    { ring_hash: { requestHashHeader: "user" } },
    { zone_preference: {} },
    { outlier_detection: { failurePercentageEjection: {}, childPolicy: [{ round_robin: {} }] } },
  ])("%j uses all endpoints", (config) => {
    expect([...countPicks(config, 500).keys()].sort()).toEqual(hosts);
  });

  it("shows that round_robin spreads 10000 calls within 2 %", () => {
    for (const count of countPicks({ round_robin: {} }, 10_000).values()) {
      expect(Math.abs(count / (10_000 / 3) - 1)).toBeLessThan(0.02);
    }
  });

  it("refuses configs that are wrong", () => {
    expect(() => createReadyPicker({ loadBalancingConfig: [{ nope: {} }], endpoints })).toThrow(
      "loadBalancingConfig names nope",
    );
  });
});
