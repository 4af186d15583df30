// Probes by HTTP/1.1: on the port of the server, plaintext and TLS, and on one of their own.
import { request as requestHttps } from "node:https";
import { silentLog, tlsServerCredentials } from "@trunkline/core";
import { afterEach, beforeEach, expect, it, test } from "vitest";
import { createProbes, type Probes } from "../src/listener/probes/probes.js";
import { type HttpPort, serveHttp } from "../src/listener/probes/serve-probes.js";
import { createServer, type Server } from "../src/server.js";
import { addHealth, type Health } from "../src/services/health/health.js";
import { makeCertificates } from "./certificates.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { connectTcp } from "./raw-client.js";

const certificates = makeCertificates();
let server: Server;
let health: Health;
let probes: Probes;
let isAlive: () => boolean | Promise<boolean>;
const ports: HttpPort[] = [];

beforeEach(() => {
  isAlive = () => true;
  server = createServer({ log: silentLog });
  server.addService(TestService, { unary: () => ({ text: "answer" }) });
  health = addHealth(server);
  probes = createProbes(server, health, { isAlive: () => isAlive() });
});

afterEach(async () => {
  for (const port of ports.splice(0)) await port.close();
  await server.shutdown({ graceMs: 0 });
});

async function get(port: number, path: string, method = "GET"): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return `${response.status} ${(await response.text()).trim()}`;
}

test("on the port of the server, beside calls", async () => {
  const { port } = await server.listen({ http1: probes.handler });
  expect(await get(port, "/readyz")).toBe("200 ok");
  expect(await get(port, "/livez?verbose")).toBe("200 ok");
  expect(await get(port, "/startupz", "HEAD")).toBe("200 ");
  expect(await get(port, "/other")).toBe("404 there is no such page");
  expect(await get(port, "/readyz", "POST")).toBe("405 probes use GET");
  const client = await connectTcp(port);
  expect((await client.call(TestService.method.unary, [{}])).code).toBe(0);
  client.close();
});

test("under TLS, where HTTP/1.1 is offered as well", async () => {
  const credentials = tlsServerCredentials({ ...certificates.server });
  const { port } = await server.listen({ http1: probes.handler, credentials });
  const status = await new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", servername: "localhost", port, path: "/readyz" };
    const request = requestHttps({ ...options, ca: certificates.ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", reject);
    request.end();
  });
  expect(status).toBe(200);
});

test("on a port of their own: from the start to the end", async () => {
  const own = await serveHttp(probes.handler);
  ports.push(own);
  expect(await get(own.port, "/startupz")).toBe("503 not listening yet");
  expect(await get(own.port, "/readyz")).toBe("503 not listening yet");
  expect(await get(own.port, "/livez")).toBe("200 ok");
  await server.listen();
  expect(await get(own.port, "/startupz")).toBe("200 ok");
  expect(await get(own.port, "/healthz")).toBe("200 ok");
  health.setStatus("", "NOT_SERVING");
  expect(await get(own.port, "/readyz")).toBe("503 the server: NOT_SERVING");
  health.setStatus("", "SERVING");
  const ended = server.shutdown({ lameDuckMs: 60_000 });
  expect(await get(own.port, "/readyz")).toBe("503 the server: NOT_SERVING");
  expect(await get(own.port, "/livez")).toBe("200 ok");
  expect(await get(own.port, "/startupz")).toBe("200 ok");
  await server.shutdown({ graceMs: 0 });
  await ended;
});

test("services that must be well", async () => {
  const some = createProbes(server, health, { services: [TestService, "other.Service"] });
  const { port } = await server.listen({ http1: some.handler });
  expect(await get(port, "/readyz")).toBe("503 other.Service: unknown");
  health.setStatus(TestService, "NOT_SERVING");
  expect(await get(port, "/readyz")).toBe(
    "503 trunkline.test.v1.TestService: NOT_SERVING\nother.Service: unknown",
  );
});

it.each([
  ["says no", () => false, "503 not alive"],
  ["throws", () => Promise.reject(new Error("secret")), "503 the check has failed"],
])("a check of life that %s", async (_, check, expected) => {
  isAlive = check;
  const { port } = await server.listen({ http1: probes.handler });
  expect(await get(port, "/livez")).toBe(expected);
  expect(await get(port, "/readyz")).toBe("200 ok");
});

test.each([
  [
    "throws",
    () => {
      throw new Error("broken");
    },
  ],
  ["rejects", () => Promise.reject(new Error("broken"))],
])("a handler that %s is an answer of 500, not the end of the server", async (_, http1) => {
  const { port } = await server.listen({ http1 });
  expect(await get(port, "/")).toBe("500 ");
  expect(await get(port, "/")).toBe("500 ");
});
