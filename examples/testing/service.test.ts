// Client and server in one process, without a port: everything between them is real.
import { type Channel, Code, createChannel, createClient } from "@trunkline/client";
import { createServer, type Server } from "@trunkline/server";
import { createInMemoryTransport, FakeClock } from "@trunkline/server/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import { Greeter } from "./greeter.js";

let server: Server;
let channel: Channel;
let clock: FakeClock;

beforeEach(() => {
  clock = new FakeClock();
  server = createServer({ clock }).addService(GreeterService, new Greeter());
  const { target, connect } = createInMemoryTransport(server);
  channel = createChannel(target, { connect, clock });
});

afterEach(async () => {
  await channel.close();
  await server.shutdown();
});

it("greets", async () => {
  const client = createClient(GreeterService, channel);
  expect((await client.sayHello({ name: "Ada" })).greeting).toBe("Hello, Ada!");
});

it("gives up at the deadline, without the test waiting for it", async () => {
  const client = createClient(GreeterService, channel);
  const call = client.sayHello({ name: "nobody" }, { timeoutMs: 30_000 });
  clock.advance(30_000);
  await expect(call).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
});
