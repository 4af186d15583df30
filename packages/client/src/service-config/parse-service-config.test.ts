// Service configs, good and bad, and which config a method gets.
import { describe, expect, it } from "vitest";
import { createBalancerRegistry } from "../balancer/registry.js";
import { parseServiceConfig } from "./parse-service-config.js";
import { findMethodConfig, type ServiceConfig } from "./service-config.js";

const registry = createBalancerRegistry();
const parse = (input: unknown): ServiceConfig => parseServiceConfig(input, registry);

const retryPolicy = {
  maxAttempts: 4,
  initialBackoff: "0.1s",
  maxBackoff: "1s",
  backoffMultiplier: 2,
  retryableStatusCodes: ["UNAVAILABLE", "aborted", 8],
};

describe("a service config", () => {
  it("may be empty", () => {
    expect(parse({})).toEqual({
      balancer: undefined,
      methods: new Map(),
      retryThrottling: undefined,
      healthServiceName: undefined,
      maxConnectionsPerSubchannel: undefined,
    });
  });

  it("may be JSON text; fields that are not known are ignored, null is absent", () => {
    const config = parse(
      '{"loadBalancingPolicy": "ROUND_ROBIN", "later": 1, "methodConfig": null}',
    );
    expect(config.balancer?.policy.name).toBe("round_robin");
  });

  it("is read field by field", () => {
    const config = parse({
      loadBalancingConfig: [{ pick_first: { shuffleAddressList: true } }],
      methodConfig: [
        {
          name: [{ service: "a.B", method: "C" }],
          waitForReady: true,
          timeout: "1.000000001s",
          maxRequestMessageBytes: 10,
          maxResponseMessageBytes: "20",
          retryPolicy: { ...retryPolicy, perAttemptRecvTimeout: "0.25s" },
        },
        {
          name: [{}],
          hedgingPolicy: { maxAttempts: 3, hedgingDelay: "0s", nonFatalStatusCodes: [14] },
        },
      ],
      retryThrottling: { maxTokens: 10, tokenRatio: 0.12345 },
      healthCheckConfig: { serviceName: "" },
      connectionScaling: { maxConnectionsPerSubchannel: 50 },
    });
    expect(config).toEqual({
      balancer: { policy: registry.get("pick_first"), config: { shuffleAddressList: true } },
      methods: new Map([
        [
          "/a.B/C",
          {
            waitForReady: true,
            timeoutMs: 1000.000001,
            maxRequestMessageBytes: 10,
            maxResponseMessageBytes: 20,
            retryPolicy: {
              maxAttempts: 4,
              initialBackoffMs: 100,
              maxBackoffMs: 1000,
              backoffMultiplier: 2,
              retryableCodes: new Set([14, 10, 8]),
              perAttemptTimeoutMs: 250,
            },
            hedgingPolicy: undefined,
          },
        ],
        [
          "",
          {
            waitForReady: undefined,
            timeoutMs: Infinity,
            maxRequestMessageBytes: Infinity,
            maxResponseMessageBytes: undefined,
            retryPolicy: undefined,
            hedgingPolicy: { maxAttempts: 3, delayMs: 0, nonFatalCodes: new Set([14]) },
          },
        ],
      ]),
      retryThrottling: { maxTokens: 10, tokenRatio: 0.123 },
      healthServiceName: "",
      maxConnectionsPerSubchannel: 50,
    });
  });

  it.each([
    ["0.5s", 500],
    ["0s", 0],
    ["3s", 3000],
    ["0.000000001s", 0.000001],
    ["315576000000s", 315_576_000_000_000],
  ])("takes a timeout of %s for %d ms (D3)", (timeout, ms) => {
    const config = parse({ methodConfig: [{ name: [{}], timeout }] });
    expect(findMethodConfig(config, "/a.B/C")?.timeoutMs).toBe(ms);
  });

  it("gives each method the most specific config", () => {
    const config = parse({
      methodConfig: [
        { name: [{}], timeout: "1s" },
        { name: [{ service: "a.B" }], timeout: "2s" },
        { name: [{ service: "a.B", method: "C" }, { service: "x.Y" }], timeout: "3s" },
      ],
    });
    const timeout = (path: string): number | undefined => findMethodConfig(config, path)?.timeoutMs;
    expect(["/a.B/C", "/a.B/D", "/x.Y/Z", "/other/C"].map(timeout)).toEqual([
      3000, 2000, 3000, 1000,
    ]);
    expect(findMethodConfig(parse({}), "/a.B/C")).toBeUndefined();
  });

  const method = (fields: object): unknown => ({ methodConfig: [{ name: [{}], ...fields }] });
  const retry = (fields: object): unknown => method({ retryPolicy: { ...retryPolicy, ...fields } });
  it.each([
    ["{", "serviceConfig is not JSON:"],
    [[], "serviceConfig is []; it must be an object"],
    [{ loadBalancingPolicy: 1 }, "serviceConfig.loadBalancingPolicy is 1; it must be a string"],
    [
      { loadBalancingPolicy: "magic" },
      "serviceConfig.loadBalancingPolicy names magic; known are pick_first, round_robin",
    ],
    [{ loadBalancingConfig: [{ magic: {} }] }, "serviceConfig.loadBalancingConfig names magic;"],
    [{ methodConfig: {} }, "serviceConfig.methodConfig is {}; it must be a list"],
    [{ methodConfig: [1] }, "serviceConfig.methodConfig[0] is 1; it must be an object"],
    [
      { methodConfig: [{ name: [{ method: "C" }] }] },
      'serviceConfig.methodConfig[0].name[0].service is missing; it must be a name, because method is "C"',
    ],
    [
      { methodConfig: [{ name: [{ service: "a" }] }, { name: [{}, { service: "a" }] }] },
      'serviceConfig.methodConfig[1].name[1] is {"service":"a"}; it stands there twice',
    ],
    [method({ waitForReady: "yes" }), 'methodConfig[0].waitForReady is "yes"; it must be true or'],
    [method({ timeout: 5 }), "methodConfig[0].timeout is 5; it must be seconds as text"],
    [method({ timeout: "5" }), 'methodConfig[0].timeout is "5"; it must be seconds as text'],
    [method({ timeout: "-1s" }), 'methodConfig[0].timeout is "-1s"; it must be seconds as text'],
    [method({ timeout: "1.0000000001s" }), "timeout is"],
    [
      method({ maxRequestMessageBytes: -1 }),
      "maxRequestMessageBytes is -1; it must be a whole number from 0 to 4294967295",
    ],
    [method({ maxResponseMessageBytes: "1e3" }), 'maxResponseMessageBytes is "1e3"; it must be'],
    [
      method({ retryPolicy, hedgingPolicy: { maxAttempts: 2 } }),
      "methodConfig[0] has both retryPolicy and hedgingPolicy; it may have one",
    ],
    [retry({ maxAttempts: 1 }), "retryPolicy.maxAttempts is 1; it must be a whole number from 2"],
    [retry({ maxAttempts: undefined }), "retryPolicy.maxAttempts is missing; it must be"],
    [retry({ initialBackoff: "0s" }), 'retryPolicy.initialBackoff is "0s"; it must be a duration'],
    [retry({ maxBackoff: undefined }), "retryPolicy.maxBackoff is missing; it must be a duration"],
    [
      retry({ backoffMultiplier: 0 }),
      "retryPolicy.backoffMultiplier is 0; it must be a number abo",
    ],
    [retry({ backoffMultiplier: undefined }), "backoffMultiplier is missing; it must be a number"],
    [retry({ retryableStatusCodes: [] }), "retryableStatusCodes is []; it must be a list of at le"],
    [retry({ retryableStatusCodes: ["X"] }), 'retryableStatusCodes[0] is "X"; it must be a status'],
    [retry({ retryableStatusCodes: [17] }), "retryableStatusCodes[0] is 17; it must be a status"],
    [retry({ perAttemptRecvTimeout: "0s" }), "perAttemptRecvTimeout is"],
    [method({ hedgingPolicy: {} }), "hedgingPolicy.maxAttempts is missing"],
    [{ retryThrottling: {} }, "retryThrottling.maxTokens is missing; it must be a number above 0"],
    [{ retryThrottling: { maxTokens: 1001, tokenRatio: 1 } }, "maxTokens is 1001; it must be a"],
    [
      { retryThrottling: { maxTokens: 10, tokenRatio: 0.0001 } },
      "retryThrottling.tokenRatio is 0.0001; it must be a number of at least 0.001",
    ],
    [{ healthCheckConfig: { serviceName: 5 } }, "healthCheckConfig.serviceName is 5; it must be a"],
    [
      { connectionScaling: { maxConnectionsPerSubchannel: 0 } },
      "connectionScaling.maxConnectionsPerSubchannel is 0; it must be a whole number from 1",
    ],
  ])("%j is refused: %s", (input, message) => {
    expect(() => parse(input)).toThrow(message);
  });
});
