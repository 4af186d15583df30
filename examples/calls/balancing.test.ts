// The examples of the guide to load balancing, run against three servers in this process.
import {
  type Channel,
  type ChannelOptions,
  createClient,
  createManualResolver,
} from "@trunkline/client";
import { createServer, type Server } from "@trunkline/server";
import { ServerLoad } from "@trunkline/server/orca";
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
