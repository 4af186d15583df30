// Spans by OpenTelemetry's stable semantic conventions for RPC, alone and beside gRPC's own names.
import { Code, Metadata, RpcError } from "@trunkline/server";
import { afterEach, expect, it } from "vitest";
import { connect, endAll, only, serve, startTelemetry } from "./telemetry.js";

afterEach(endAll);

const method = "trunkline.test.v1.TestService/Unary";
const retry = { maxAttempts: 3, initialBackoffMs: 1, maxBackoffMs: 2, methods: "all" } as const;

/** A server whose method fails with these codes in turn. */
function failing(codes: readonly Code[]) {
  const left = [...codes];
  return {
    unary() {
      const code = left.shift() ?? Code.OK;
      if (code !== Code.OK) throw new RpcError(code, "broken");
      return {};
    },
  };
}

it("one span for each end of a call", async () => {
  const telemetry = await startTelemetry({ conventions: "rpc" });
  const target = await serve(telemetry, failing([]));
  const [host, port] = target.split(":");
  await connect(telemetry, target).client.unary({});
  const spans = await telemetry.spans();
  expect(spans.map(({ name, kind, status }) => [name, kind, status])).toEqual([
    [method, "CLIENT", "UNSET"],
    [method, "SERVER", "UNSET"],
  ]);
  const [client, server] = spans;
  const address = { "server.address": host, "server.port": Number(port) };
  const common = { "rpc.system.name": "grpc", "rpc.method": method, "rpc.status_code": "OK" };
  expect(client?.attributes).toEqual({
    ...common,
    ...address,
    "network.peer.address": host,
    "network.peer.port": Number(port),
  });
  expect(server?.attributes).toEqual({
    ...common,
    ...address,
    "network.peer.address": "127.0.0.1",
    "network.peer.port": expect.any(Number),
  });
  expect(server?.parentSpanId).toBe(client?.spanId);
});

it.each([
  [Code.NOT_FOUND, "ERROR", "UNSET"],
  [Code.UNAVAILABLE, "ERROR", "ERROR"],
  [Code.INTERNAL, "ERROR", "ERROR"],
  [Code.UNAUTHENTICATED, "ERROR", "UNSET"],
])("code %i is an error where the conventions say so", async (code, onClient, onServer) => {
  const telemetry = await startTelemetry({ conventions: "rpc" });
  const target = await serve(telemetry, failing([code]));
  await expect(connect(telemetry, target).client.unary({})).rejects.toThrow("broken");
  const [client, server] = await telemetry.spans();
  expect([client?.status, server?.status]).toEqual([onClient, onServer]);
  expect(client?.statusMessage).toBe("broken");
  expect(client?.attributes["error.type"]).toBe(client?.attributes["rpc.status_code"]);
  expect("error.type" in (server?.attributes ?? {})).toBe(onServer === "ERROR");
});

it("attempts after the first have spans of their own", async () => {
  const telemetry = await startTelemetry({ conventions: "rpc" });
  const target = await serve(telemetry, failing([Code.UNAVAILABLE, Code.UNAVAILABLE]));
  await connect(telemetry, target, { retry }).client.unary({});
  const spans = await telemetry.spans();
  const call = spans.find((span) => span.parentSpanId === "");
  const attempts = spans.filter((span) => span.name.startsWith("Attempt."));
  expect(
    attempts.map(({ parentSpanId, attributes }) => [
      parentSpanId,
      attributes["previous-rpc-attempts"],
    ]),
  ).toEqual([
    [call?.spanId, 1],
    [call?.spanId, 2],
  ]);
  const parents = spans.filter(({ kind }) => kind === "SERVER").map((span) => span.parentSpanId);
  expect(parents).toEqual([call?.spanId, ...attempts.map(({ spanId }) => spanId)]);
  expect(call?.status).toBe("UNSET");
});

it("a method that nobody has", async () => {
  const telemetry = await startTelemetry({ conventions: "rpc" });
  const target = await serve(telemetry, {});
  await expect(connect(undefined, target).client.unary({}, {})).rejects.toThrow();
  // The contract has it, the server no handler.
  expect((await telemetry.spans())[0]).toMatchObject({
    name: method,
    attributes: {
      "rpc.method": method,
      "rpc.status_code": "UNIMPLEMENTED",
      "error.type": "UNIMPLEMENTED",
    },
  });
});

it("both: gRPC's names, and the attributes of both", async () => {
  const telemetry = await startTelemetry({ conventions: "both" });
  const target = await serve(telemetry, failing([Code.NOT_FOUND]));
  await expect(connect(telemetry, target).client.unary({})).rejects.toThrow("broken");
  const spans = await telemetry.spans();
  const dotted = method.replace("/", ".");
  const told = { "rpc.method": method, "rpc.status_code": "NOT_FOUND" };
  expect(only(spans, `Sent.${dotted}`)).toMatchObject({
    attributes: { ...told, "error.type": "NOT_FOUND" },
    statusMessage: "NOT_FOUND, broken",
  });
  expect(only(spans, `Recv.${dotted}`)).toMatchObject({ attributes: told, status: "ERROR" });
  expect(only(spans, `Attempt.${dotted}`).attributes).toMatchObject({
    "previous-rpc-attempts": 0,
    "rpc.status_code": "NOT_FOUND",
  });
});

it("metadata is recorded where it is named, and nowhere else", async () => {
  const telemetry = await startTelemetry({
    capturedMetadata: { request: ["x-tenant"], response: ["x-served-by"] },
  });
  const target = await serve(telemetry, {
    unary(_request, call) {
      call.responseHeaders.set("x-served-by", "a");
      return {};
    },
  });
  const metadata = new Metadata({ "x-tenant": ["acme", "b"], authorization: "Bearer secret" });
  await connect(telemetry, target).client.unary({}, { metadata });
  const spans = await telemetry.spans();
  for (const kind of ["Attempt", "Recv"]) {
    const { attributes } = only(spans, `${kind}.${method.replace("/", ".")}`);
    expect(attributes).toMatchObject({
      "rpc.request.metadata.x-tenant": ["acme", "b"],
      "rpc.response.metadata.x-served-by": ["a"],
    });
  }
  expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain("secret");
});
