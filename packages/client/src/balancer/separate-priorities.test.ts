// Endpoints with priorities: which policy gets them, and in which order.
import { describe, expect, it } from "vitest";
import type { Endpoint } from "../resolver/endpoint.js";
import { choosePolicy } from "./choose-policy.js";
import { createBalancerRegistry } from "./registry.js";
import { separatePriorities } from "./separate-priorities.js";

const registry = createBalancerRegistry([]);
const choose = (list: unknown) => choosePolicy(list, "test", registry);
const endpoint = (port: number, priority?: number, path?: string[]): Endpoint => {
  return { addresses: [{ kind: "tcp", host: "10.0.0.1", port }], priority, path };
};
const ports = (endpoints: readonly Endpoint[]) =>
  endpoints.map(({ addresses }) => (addresses[0] as { port: number }).port);

describe("priorities of endpoints", () => {
  it("that are all the same change nothing", () => {
    const endpoints = [endpoint(1, 5), endpoint(2, 5)];
    const chosen = choose([{ round_robin: {} }]);
    expect(separatePriorities(endpoints, chosen)).toEqual({ endpoints, chosen });
  });

  it("become children of priority, each with the policy of the config", () => {
    const chosen = choose([{ round_robin: {} }]);
    const input = separatePriorities(
      [endpoint(1, 20), endpoint(2), endpoint(3, 20, ["x"])],
      chosen,
    );
    expect(input.endpoints.map(({ path }) => path)).toEqual([["20"], ["0"], ["20", "x"]]);
    expect(input.chosen.policy.name).toBe("priority_experimental");
    expect(input.chosen.config).toEqual({
      children: new Map([
        ["0", chosen],
        ["20", chosen],
      ]),
      priorities: ["0", "20"],
    });
  });

  it("are an order for pick_first, unless it shuffles", () => {
    const endpoints = [endpoint(1, 20), endpoint(2, 10), endpoint(3, 20), endpoint(4, 10)];
    const plain = separatePriorities(endpoints, choose([{ pick_first: {} }]));
    expect(plain.chosen.policy.name).toBe("pick_first");
    expect(ports(plain.endpoints)).toEqual([2, 4, 1, 3]);
    const shuffled = separatePriorities(
      endpoints,
      choose([{ pick_first: { shuffleAddressList: true } }]),
    );
    expect(shuffled.chosen.policy.name).toBe("priority_experimental");
  });
});
