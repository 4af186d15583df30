// Trunkline's client for the benchmark, with round_robin over three addresses and a retry policy.
import { createChannel, type RetryPolicyJson } from "@trunkline/client";
import type { CreateDriver } from "../driver.js";
import { driverOf } from "../trunkline/client.js";

const retryPolicy: RetryPolicyJson = {
  maxAttempts: 3,
  initialBackoff: "0.1s",
  maxBackoff: "1s",
  backoffMultiplier: 2,
  retryableStatusCodes: ["UNAVAILABLE"],
};

export const createDriver: CreateDriver = (port) => {
  const addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"].map((host) => `${host}:${port}`);
  return driverOf(
    createChannel(`ipv4:${addresses.join(",")}`, {
      serviceConfig: {
        loadBalancingConfig: [{ round_robin: {} }],
        methodConfig: [{ name: [{}], retryPolicy }],
      },
    }),
  );
};
