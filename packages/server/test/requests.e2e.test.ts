// Requests that are no call, and calls that nobody serves: what each is told.
import { Code, silentLog } from "@trunkline/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createServer, type Server } from "../src/server.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { connectInMemory, type RawClient } from "./raw-client.js";

const { unary, chat } = TestService.method;
let server: Server;
let client: RawClient;

beforeEach(() => {
  server = createServer({ log: silentLog });
  server.addService(TestService, { unary: ({ text }) => ({ text }) });
  client = connectInMemory(server);
});

afterEach(async () => {
  client.close();
  await server.shutdown({ graceMs: 0 });
});

test.each([
  ["GET", { ":method": "GET" }, "405", "POST"],
  ["a wrong content type", { "content-type": "text/html" }, "415", "text/html"],
  ["gRPC-Web", { "content-type": "application/grpc-web" }, "415", "application/grpc-web"],
  ["something like gRPC", { "content-type": "application/grpcfoo" }, "415", "grpcfoo"],
  ["no content type", { "content-type": undefined }, "415", "none"],
])("%s gets an HTTP error in words", async (_name, headers, status, word) => {
  const call = client.open(unary, { headers, endStream: true });
  const { head, body } = await call.outcome;
  expect(head[":status"]).toBe(status);
  expect(head.allow).toBe(status === "405" ? "POST" : undefined);
  expect(Buffer.from(body).toString()).toContain(word);
});

test("HEAD gets no body, and a client that goes on sending is told to stop", async () => {
  const { head, body } = await client.open(unary, {
    headers: { ":method": "HEAD" },
    endStream: true,
  }).outcome;
  expect([head[":status"], body.length]).toEqual(["405", 0]);
  const call = client.open(unary, { headers: { "content-type": "a/b" } });
  expect((await call.outcome).head[":status"]).toBe("415");
  call.sendBytes(new Uint8Array(70_000), false);
  expect((await client.call(unary, [{}])).code).toBe(0);
  await vi.waitFor(() => expect(client.engine.activeStreams).toBe(0));
});

test.each([
  ["an unknown service", "/a.B/C", "service a.B is not known"],
  ["an unknown method", "/trunkline.test.v1.TestService/Nope", "is not implemented"],
  ["another case", "/trunkline.test.v1.TestService/unary", "is not implemented"],
  ["a path without a slash in front", "a.B/C", "malformed method name"],
  ["a path with one slash", "/C", "malformed method name"],
  ["a path of 7,000 characters", `/${"x".repeat(7000)}/y`, "..."],
])("%s is UNIMPLEMENTED", async (_name, path, word) => {
  const { code, message, head } = await client.call(unary, [{}], { headers: { ":path": path } });
  expect(code).toBe(Code.UNIMPLEMENTED);
  expect(message).toContain(word);
  expect(head[":status"]).toBe("200");
});

test("a method that the implementation lacks is named", async () => {
  const { code, message } = await client.call(chat, [{}]);
  expect(code).toBe(Code.UNIMPLEMENTED);
  expect(message).toBe("method trunkline.test.v1.TestService/Chat is not implemented");
});

test("a service that is added later is served, on connections that were there before", async () => {
  const late = createServer({ log: silentLog });
  const early = connectInMemory(late);
  expect((await early.call(unary, [{}])).code).toBe(Code.UNIMPLEMENTED);
  late.addService(TestService, { unary: () => ({}) });
  expect((await early.call(unary, [{}])).code).toBe(0);
  early.close();
  await late.shutdown({ graceMs: 0 });
});

test("requests in an encoding that is not known are UNIMPLEMENTED", async () => {
  const encoding = "snappy";
  const { code, message, trailers } = await client.call(unary, [{}], {
    headers: { "grpc-encoding": encoding },
  });
  expect(code).toBe(Code.UNIMPLEMENTED);
  expect(message).toContain(encoding);
  expect(trailers["grpc-accept-encoding"]).toMatch(/^gzip,deflate,br,(zstd,)?identity$/);
});

test.each([
  ["application/grpc+proto", 0, "application/grpc+proto"],
  ["application/grpc;charset=utf-8", 0, "application/grpc"],
  ["Application/GRPC", 0, "application/grpc"],
  ["application/grpc+json", Code.UNIMPLEMENTED, "application/grpc"],
])("content type %s", async (contentType, code, answered) => {
  const outcome = await client.call(unary, [{}], { headers: { "content-type": contentType } });
  expect(outcome.code).toBe(code);
  expect(outcome.head["content-type"]).toBe(answered);
});

test("grpc-encoding identity and an absent te are fine", async () => {
  const headers = { "grpc-encoding": "identity", te: undefined };
  expect((await client.call(unary, [{}], { headers })).code).toBe(0);
});

test("a request that does not fit its type tells which", async () => {
  const call = client.open(unary);
  call.sendBytes(Uint8Array.of(0, 0, 0, 0, 2, 0x0a, 9), true);
  expect((await call.outcome).message).toContain("trunkline.test.v1.UnaryRequest");
});

test("a client that takes no headers to speak of loses its stream, not its connection", async () => {
  const strict = connectInMemory(server, { maxHeaderListBytes: 64 });
  const refused = await strict.call(unary, [{}], { headers: { ":path": "/a.B/C" } });
  expect(refused.reset).toBeDefined();
  const notFound = await strict.open(unary, { headers: { ":method": "GET" }, endStream: true })
    .outcome;
  expect(notFound.reset).toBeDefined();
  expect((await strict.call(unary, [{}])).reset).toBeDefined();
  expect(strict.engine.isClosed).toBe(false);
  strict.close();
});
