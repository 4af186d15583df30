// The examples of the guide to load balancing, run against three servers in this process.
import {
  type Channel,
  type ChannelOptions,
  createChannel,
  createClient,
  createManualResolver,
} from "@trunkline/client";
import { FakeClock } from "@trunkline/client/testing";
import { createServer, type Server } from "@trunkline/server";
import { addLoadReporting, reportLoad, ServerLoad } from "@trunkline/server/orca";
import { createInMemoryTransport } from "@trunkline/server/testing";
import { afterEach, expect, it } from "vitest";
import {
  connectByTenant,
  connectByText,
  connectNearby,
  connectToAll,
  createReportingServer,
} from "./balancing.js";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

const opened: (Server | Channel)[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

const names = ["one", "two", "three"];

/** Options of a channel to these servers, which are called one, two and three; three is in another zone. */
function reach(servers: readonly Server[]): ChannelOptions {
  const transports = new Map(names.map((name, i) => [name, createInMemoryTransport(servers[i]!)]));
  const resolver = createManualResolver({
    endpoints: names.map((host) => ({
      addresses: [{ kind: "tcp", host, port: 1 }],
      zone: host === "three" ? "eu-1b" : "eu-1a",
    })),
  });
  opened.push(...servers);
  return {
    resolvers: { manual: resolver },
    connect: (address) => transports.get(address.kind === "tcp" ? address.host : "")!.connect(),
  };
}

function startAll(): ChannelOptions {
  return reach(
    names.map((greeting) =>
      createServer().addService(GreeterService, { sayHello: () => ({ greeting }) }),
    ),
  );
}

/** Who answers so many calls, one after the other. */
async function answers(channel: Channel, count: number, tenant = ""): Promise<string[]> {
  opened.unshift(channel);
  const greeter = createClient(GreeterService, channel);
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    texts.push((await greeter.sayHello({}, { metadata: { tenant } })).greeting);
  }
  return texts;
}

it.each([
  ["an object", connectToAll],
  ["text", connectByText],
])("round_robin by a config that is %s", async (_, connect) => {
  const channel = connect("manual:greeter", startAll());
  await answers(channel, 20);
  expect(new Set(await answers(channel, 6))).toEqual(new Set(names));
});

it("near servers first", async () => {
  const seen = new Set(await answers(connectNearby("manual:greeter", startAll()), 40));
  expect(seen).toEqual(new Set(["one", "two"]));
});

it("one server for one tenant", async () => {
  const channel = connectByTenant("manual:greeter", startAll());
  await answers(channel, 20);
  const first = new Set(await answers(channel, 10, "acme"));
  expect(first.size).toBe(1);
  const all = await Promise.all(["a", "b", "c"].map((tenant) => answers(channel, 1, tenant)));
  expect(new Set(all.flat()).size).toBe(3);
});

it.each([false, true])(
  "calls by reported load, on streams of their own: %s",
  async (enableOobLoadReport) => {
    const clock = new FakeClock(1_000);
    const loads = [0.2, 0.4, 0.8].map(
      (cpuUtilization) => new ServerLoad({ cpuUtilization, qps: 100 }),
    );
    const servers = loads.map((load, i) => {
      const server = createServer({ interceptors: enableOobLoadReport ? [] : [reportLoad(load)] });
      addLoadReporting(server, load, { minIntervalMs: 1_000 });
      return server.addService(GreeterService, { sayHello: () => ({ greeting: names[i]! }) });
    });
    const channel = createChannel("manual:greeter", {
      ...reach(servers),
      clock,
      serviceConfig: {
        loadBalancingConfig: [
          { weighted_round_robin: { enableOobLoadReport, blackoutPeriod: "0s" } },
        ],
      },
    });
    await answers(channel, 30);
    clock.advance(1_000);
    const counts = await answers(channel, 700);
    const [one = 0, two = 0, three = 0] = names.map(
      (name) => counts.filter((answer) => answer === name).length,
    );
    expect(Math.abs(one - 400) + Math.abs(two - 200) + Math.abs(three - 100)).toBeLessThan(10);
  },
);

it("a server that reports its load", async () => {
  const load = new ServerLoad({ cpuUtilization: 0.5, qps: 100 });
  const channel = connectToAll(
    "manual:greeter",
    reach(names.map(() => createReportingServer(load))),
  );
  opened.unshift(channel);
  let reported = false;
  await createClient(GreeterService, channel).sayHello(
    { name: "Ada" },
    { onTrailer: (trailers) => (reported = trailers.has("endpoint-load-metrics-bin")) },
  );
  expect(reported).toBe(true);
});
