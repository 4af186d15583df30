// The example of the guide to Kubernetes, run with a stand-in of a few lines for the API server.
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@trunkline/client";
import { createServer, type Server } from "@trunkline/server";
import { afterAll, expect, it } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

const slices: object[] = [];
const watches: ServerResponse[] = [];
const servers: Server[] = [];

const api = createHttpServer((request, response) => {
  const url = new URL(request.url ?? "", "http://api");
  if (!url.searchParams.has("watch")) {
    response.end(JSON.stringify({ metadata: { resourceVersion: "1" }, items: slices }));
    return;
  }
  response.flushHeaders();
  watches.push(response);
});

afterAll(async () => {
  api.closeAllConnections();
  api.close();
  for (const server of servers) await server.shutdown();
});

/** Starts a server, and has a slice for it: pods have addresses of their own, servers here only ports. */
async function startGreeter(name: string): Promise<object> {
  const server = createServer().addService(GreeterService, {
    sayHello: () => ({ greeting: name }),
  });
  servers.push(server);
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    metadata: { name, resourceVersion: "1" },
    addressType: "IPv4",
    ports: [{ name: "grpc", port }],
    endpoints: [
      { addresses: ["127.0.0.1"], conditions: { ready: true }, targetRef: { uid: name } },
    ],
  };
}

it("finds the pods that are there, and no other", async () => {
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  process.env.KUBERNETES_API = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  const { connectByDns, connectToGreeters } = await import("./kubernetes.js");
  slices.push(await startGreeter("one"), await startGreeter("two"));
  const channel = connectToGreeters();
  const greeter = createClient(GreeterService, channel);
  const seen = new Set<string>();
  while (seen.size < 2) seen.add((await greeter.sayHello({})).greeting);
  expect([...seen].sort()).toEqual(["one", "two"]);
  while (watches.length === 0) await greeter.sayHello({});
  watches[0]?.write(`${JSON.stringify({ type: "DELETED", object: slices[0] })}\n`);
  let inARow = 0;
  while (inARow < 10) inARow = (await greeter.sayHello({})).greeting === "two" ? inARow + 1 : 0;
  await channel.close();
  await connectByDns().close();
});
