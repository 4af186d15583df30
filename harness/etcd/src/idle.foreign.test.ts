// A program that watches a registry and has nothing else to do ends, and one that waits for its first call does not end too soon.
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { registerInEtcd } from "@trunkline/plugins/etcd";
import { createServer, type Server } from "@trunkline/server";
import { run } from "@trunkline/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startEtcd } from "./etcd-server.js";
import { Auth } from "./gen/rpc_pb.js";

const program = fileURLToPath(new URL("../dist/idle-client.js", import.meta.url));
const closing: (() => unknown)[] = [];
let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer().addService(Auth, {
    authenticate: ({ name }) => ({ token: `token of ${name}` }),
  });
  port = (await server.listen({ host: "127.0.0.1", port: 0 })).port;
});

afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await server.shutdown();
});

/** An HTTP API that answers one question, and lets the next ones wait. */
async function startApi(answer: (response: ServerResponse) => void): Promise<string> {
  let asked = 0;
  const api = createHttpServer((_request, response) => {
    asked += 1;
    if (asked === 1) answer(response);
    else response.flushHeaders();
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    api.closeAllConnections();
    api.close();
  });
  return `127.0.0.1:${(api.address() as AddressInfo).port}`;
}

async function startRegistry(scheme: string): Promise<string> {
  if (scheme === "etcd") {
    const etcd = await startEtcd();
    closing.push(() => etcd.stop());
    const endpoints = [etcd.endpoint];
    const address = `127.0.0.1:${port}`;
    const registration = await registerInEtcd({ endpoints, service: "users", address });
    closing.push(() => registration.close());
    return etcd.endpoint;
  }
  const host = "127.0.0.1";
  const bodies: Record<string, object> = {
    consul: [{ Node: { Address: host }, Service: { Port: port } }],
    kubernetes: {
      metadata: { resourceVersion: "1" },
      items: [
        {
          metadata: { name: "s" },
          addressType: "IPv4",
          ports: [{ port }],
          endpoints: [{ addresses: [host] }],
        },
      ],
    },
  };
  return startApi((response) => {
    response.setHeader("x-consul-index", "1");
    response.end(JSON.stringify(bodies[scheme]));
  });
}

it.each(["etcd", "consul", "kubernetes"])("%s", async (scheme) => {
  const address = await startRegistry(scheme);
  const result = await run(process.execPath, [program, scheme, address], { timeoutMs: 15_000 });
  expect(result).toEqual({ code: 0, stdout: "token of ada\n", stderr: "" });
});
