// What a client does when the network fails it, one fault at a time.
import { type Channel, Code, createChannel, createClient } from "@trunkline/client";
import {
  createFaultyTransport,
  createInMemoryTransport,
  FakeClock,
  type FaultyTransport,
} from "@trunkline/client/testing";
import { createServer, type Server } from "@trunkline/server";
import { afterEach, beforeEach, expect, it } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import { Greeter } from "./greeter.js";

let server: Server;
let channel: Channel;
let network: FaultyTransport<unknown>;
let clock: FakeClock;
let dials: number;

beforeEach(() => {
  server = createServer().addService(GreeterService, new Greeter());
  const memory = createInMemoryTransport(server);
  clock = new FakeClock();
  dials = 0;
  const dial = (): ReturnType<typeof memory.connect> => {
    dials++;
    return memory.connect();
  };
  network = createFaultyTransport(dial, { clock });
  channel = createChannel(memory.target, { connect: network.connect, clock });
});

afterEach(async () => {
  await channel.close();
  await server.shutdown({ graceMs: 0 });
});

it("a refused connection fails the call, the next one goes through after the backoff", async () => {
  const client = createClient(GreeterService, channel);
  network.isRefusing = true;
  await expect(client.sayHello({ name: "Ada" })).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  network.isRefusing = false;
  clock.advance(2_000);
  const { greeting } = await client.sayHello({ name: "Ada" }, { waitForReady: true });
  expect(greeting).toBe("Hello, Ada!");
});

it("a reset in the middle of a call ends it with UNAVAILABLE", async () => {
  const client = createClient(GreeterService, channel);
  await client.sayHello({ name: "Ada" });
  const call = client.sayHello({ name: "nobody" });
  // Once this is answered, the call before it has reached the server: one that has not would be repeated unnoticed.
  await client.sayHello({ name: "Ada" });
  network.reset();
  await expect(call).rejects.toMatchObject({ code: Code.UNAVAILABLE });
});

it("after a GOAWAY the next call has a connection of its own", async () => {
  const client = createClient(GreeterService, channel);
  await client.sayHello({ name: "Ada" });
  expect(dials).toBe(1);
  network.goAway({ debug: "maintenance" });
  while (channel.state === "READY") await client.sayHello({ name: "Ada" });
  await client.sayHello({ name: "Ada" });
  expect(dials).toBe(2);
});
