// The example of the guide to Consul, run with a stand-in of a few lines for the agent.
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@trunkline/client";
import { createServer, type Server } from "@trunkline/server";
import { afterEach, expect, it } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

interface Registered {
  readonly ID: string;
  readonly Address: string;
  readonly Port: number;
}

const services = new Map<string, Registered>();
let index = 1;
let waiting: ServerResponse[] = [];

function answer(response: ServerResponse): void {
  const entries = [...services.values()].map((Service) => ({ Node: {}, Service, Checks: [] }));
  response.setHeader("x-consul-index", index);
  response.end(JSON.stringify(entries));
}

function change(): void {
  index += 1;
  for (const response of waiting.splice(0)) answer(response);
}

const agent = createHttpServer(async (request, response) => {
  const url = new URL(request.url ?? "", "http://agent");
  if (url.pathname === "/v1/health/service/greeter") {
    url.searchParams.get("index") === String(index) ? waiting.push(response) : answer(response);
    return;
  }
  let text = "";
  for await (const piece of request) text += piece;
  if (url.pathname.endsWith("/register")) {
    const service = JSON.parse(text) as Registered;
    services.set(service.ID, service);
  } else if (url.pathname.includes("/deregister/")) {
    services.delete(url.pathname.split("/").at(-1) ?? "");
  }
  change();
  response.end();
});

afterEach(() => {
  waiting = [];
  agent.closeAllConnections();
  agent.close();
});

it("finds the servers that are there, and no other", async () => {
  await new Promise<void>((resolve) => agent.listen(0, "127.0.0.1", resolve));
  process.env.CONSUL_HTTP_ADDR = `127.0.0.1:${(agent.address() as AddressInfo).port}`;
  const { connectToGreeters, startGreeter } = await import("./consul.js");
  const greeterOf = (name: string): Server =>
    createServer().addService(GreeterService, { sayHello: () => ({ greeting: name }) });
  const stops = [
    await startGreeter(greeterOf("one"), "127.0.0.1"),
    await startGreeter(greeterOf("two"), "127.0.0.1"),
  ];
  const channel = connectToGreeters();
  const greeter = createClient(GreeterService, channel);
  const seen = new Set<string>();
  while (seen.size < 2) seen.add((await greeter.sayHello({})).greeting);
  expect([...seen].sort()).toEqual(["one", "two"]);
  await stops[0]?.();
  for (;;) {
    const { greeting } = await greeter.sayHello({}, { waitForReady: true });
    if (greeting === "two") break;
  }
  await channel.close();
  await stops[1]?.();
  expect(services.size).toBe(0);
});
