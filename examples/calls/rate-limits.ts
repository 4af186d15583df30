// How many calls a server takes, and of whom: rates, calls under way, overload, connections.
import {
  createMemoryStore,
  createRedisStore,
  type RedisClient,
  rateLimit,
} from "@trunkline/plugins/rate-limit";
import { createServer, type Interceptor, type Server } from "@trunkline/server";
import {
  byAddress,
  byMethod,
  byPrincipal,
  concurrencyLimit,
  firstKnown,
  shedLoad,
} from "@trunkline/server/limits";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** Ten greetings a second for each user, or else address, after a burst of twenty; a thousand for all of them together. */
export function createFairServer(authentication: Interceptor[] = []): Server {
  const limit = rateLimit({
    rules: [
      { name: "caller", key: firstKnown(byPrincipal(), byAddress()), rate: 10, burst: 20 },
      { name: "all", rate: 1000 },
    ],
    onRefused: ({ limit, key }) => console.warn(`${limit}: refused ${key ?? "a call"}`),
  });
  return createServer({ interceptors: [...authentication, limit] }).addService(GreeterService, {
    sayHello: ({ name }) => ({ greeting: `Hello, ${name}!` }),
  });
}

/** The same limit for all servers that use this Redis. */
export async function createSharedLimit(client: RedisClient): Promise<Interceptor> {
  const store = await createRedisStore({ client, timeoutMs: 50, whenAway: "fallback" });
  return rateLimit({
    rules: [{ name: "user", key: byPrincipal(), rate: 100, perMs: 60_000 }],
    store,
  });
}

/** A rule that is tried out, one that makes a method dear, and one that slows streams down rather than end them. */
export const manyRules: Interceptor = rateLimit({
  rules: [
    { name: "tried out", key: byAddress(), rate: 5, shadow: true },
    {
      name: "cost",
      rate: 100,
      cost: { "/trunkline.examples.hello.v1.GreeterService/SayHello": 10 },
    },
    {
      name: "messages",
      rate: 50,
      kinds: ["client_streaming", "bidi_streaming"],
      messages: "delay",
    },
  ],
  store: createMemoryStore({ maxKeys: 20_000 }),
  retryPushback: true,
});

/** A server behind a load balancer of 10.0.0.0/8, which bounds what happens at the same time. */
export function createBoundedServer(authentication: Interceptor[] = []): Server {
  const client = byAddress({ trustedProxies: ["10.0.0.0/8"] });
  return createServer({
    maxConnections: 5_000,
    maxConnectionsPerAddress: 50,
    maxConcurrentStreams: 100,
    interceptors: [
      shedLoad({ sheddable: ["/reports.v1.Reports/*"] }),
      concurrencyLimit({ name: "server", max: 500, maxWaiting: 100, maxWaitMs: 200 }),
      concurrencyLimit({ name: "client", max: 20, key: client }),
      concurrencyLimit({ name: "method", max: 200, key: byMethod() }),
      ...authentication,
    ],
  }).addService(GreeterService, {
    sayHello: ({ name }) => ({ greeting: `Hello, ${name}!` }),
  });
}
