// Retries and hedging: by contract, by service config, for one call; pushback from a server; attempts counted.
import {
  type CallObserver,
  type Channel,
  type Client,
  Code,
  codeName,
  createChannel,
  RpcError,
  type ServiceConfigJson,
} from "@trunkline/client";
import { createServer, type Server } from "@trunkline/server";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** Methods that their contract calls idempotent are tried again; no service config is needed. */
export function createRetryingChannel(target: string): Channel {
  return createChannel(target, {
    retry: { maxAttempts: 4, initialBackoffMs: 50, perAttemptTimeoutMs: 1000 },
    retryLimits: { budget: { ratio: 0.2, minPerSecond: 10 } },
  });
}

/** The same for one service, whatever its contract says, and as every gRPC client understands it. */
export const retryingConfig: ServiceConfigJson = {
  methodConfig: [
    {
      name: [{ service: "trunkline.examples.hello.v1.GreeterService" }],
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: "0.05s",
        maxBackoff: "1s",
        backoffMultiplier: 2,
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
  ],
  retryThrottling: { maxTokens: 10, tokenRatio: 0.1 },
};

/** A second attempt after 50 ms without an answer; the first good answer counts. */
export const hedgingConfig: ServiceConfigJson = {
  methodConfig: [
    {
      name: [{}],
      hedgingPolicy: {
        maxAttempts: 3,
        hedgingDelay: "0.05s",
        nonFatalStatusCodes: ["UNAVAILABLE"],
      },
    },
  ],
};

/** One call that may be repeated, and one that must not. */
export async function greetTwice(greeter: Client<typeof GreeterService>): Promise<void> {
  await greeter.sayHello({ name: "Ada" }, { retry: { maxAttempts: 3, initialBackoffMs: 1 } });
  await greeter.sayHello({ name: "Ada" }, { retry: false });
}

/** A server that is not ready for the first attempt, and says when it will be. */
export function createSlowStarter(): Server {
  return createServer().addService(GreeterService, {
    sayHello({ name }, call) {
      if (call.previousAttempts === 0) {
        throw new RpcError(Code.UNAVAILABLE, "not yet", {
          metadata: { "grpc-retry-pushback-ms": "20" },
        });
      }
      return { greeting: `Hello, ${name}, at attempt ${call.previousAttempts + 1}!` };
    },
  });
}

/** Writes a line for each attempt. */
export function createAttemptLog(lines: string[]): CallObserver {
  return {
    attemptEnded({ path, number, kind, address, delayMs, code }) {
      lines.push(`${path} ${kind} ${number} on ${address} after ${delayMs} ms: ${codeName(code)}`);
    },
  };
}
