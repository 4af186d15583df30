// Retries and hedging between grpc-js and us: policies, pushback, and what servers are told of attempts.
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { Code, createChannel, createClient, RpcError } from "@trunkline/client";
import { createServer, type ServerCall } from "@trunkline/server";
import { afterEach, describe, expect, it } from "vitest";
import { InteropService } from "./gen/trunkline/interop/v1/interop_pb.js";
import { definition } from "./grpc-js-definition.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const retryPolicy = {
  maxAttempts: 4,
  initialBackoff: "0.01s",
  maxBackoff: "0.05s",
  backoffMultiplier: 2,
  retryableStatusCodes: ["UNAVAILABLE"],
} as const;
const hedgingPolicy = {
  maxAttempts: 3,
  hedgingDelay: "0.01s",
  nonFatalStatusCodes: ["UNAVAILABLE"],
} as const;
const configs = { retryPolicy: { retryPolicy }, hedgingPolicy: { hedgingPolicy } };

/** A grpc-js server that fails until the third attempt, and writes down what it was told. */
async function serveGrpcJs(seen: string[]): Promise<string> {
  const server = new Server();
  const answer = (metadata: Metadata, done: sendUnaryData<object>): void => {
    const [attempts = "none"] = metadata.get("grpc-previous-rpc-attempts");
    seen.push(String(attempts));
    attempts === "2" ? done(null, {}) : done({ code: status.UNAVAILABLE, details: "not yet" });
  };
  server.addService(
    { unary: definition.unary, clientStream: definition.clientStream },
    {
      unary: (call: { metadata: Metadata }, done: sendUnaryData<object>) =>
        answer(call.metadata, done),
      clientStream: (
        call: NodeJS.ReadableStream & { metadata: Metadata },
        done: sendUnaryData<object>,
      ) => {
        call.on("end", () => answer(call.metadata, done));
        call.resume();
      },
    },
  );
  closing.push(() => server.forceShutdown());
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
  });
}

/** Our server, which does the same. */
async function serveOurs(seen: number[], pushback?: string): Promise<string> {
  const server = createServer().addService(InteropService, {
    unary: (_request, call: ServerCall) => {
      seen.push(call.previousAttempts);
      if (call.previousAttempts === 2) return {};
      const metadata = pushback === undefined ? {} : { "grpc-retry-pushback-ms": pushback };
      throw new RpcError(Code.UNAVAILABLE, "not yet", { metadata });
    },
  });
  closing.push(() => server.shutdown());
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return `127.0.0.1:${port}`;
}

describe.each(Object.entries(configs))("our client with a %s against grpc-js", (_name, policy) => {
  it("tries again, single requests and streams of them", async () => {
    const seen: string[] = [];
    const channel = createChannel(await serveGrpcJs(seen), {
      serviceConfig: { methodConfig: [{ name: [{}], ...policy }] },
    });
    closing.unshift(() => channel.close());
    const client = createClient(InteropService, channel);
    await client.unary({});
    expect(seen).toEqual(["none", "1", "2"]);
    seen.length = 0;
    await client.clientStream([{}, {}, {}]);
    expect(seen).toEqual(["none", "1", "2"]);
  });
});

describe("grpc-js with a retry policy against our server", () => {
  it.each([
    [undefined, [0, 1, 2], undefined],
    ["5", [0, 1, 2], undefined],
    ["-1", [0], status.UNAVAILABLE],
  ])("pushback %s", async (pushback, attempts, code) => {
    const seen: number[] = [];
    const client = new Client(await serveOurs(seen, pushback), credentials.createInsecure(), {
      "grpc.service_config": JSON.stringify({ methodConfig: [{ name: [{}], retryPolicy }] }),
    });
    closing.unshift(() => client.close());
    const { path, requestSerialize, responseDeserialize } = definition.unary;
    const failure = await new Promise<{ code?: number } | null>((resolve) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        {},
        new Metadata(),
        resolve,
      );
    });
    expect(seen).toEqual(attempts);
    expect(failure?.code).toBe(code);
  });
});
