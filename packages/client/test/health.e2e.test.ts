// Health checking over real connections (gRFC A17): which servers get calls while some are unwell.
import { create, toBinary } from "@bufbuild/protobuf";
import {
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
} from "@trunkline/core/health";
import { afterEach, describe, expect, it } from "vitest";
import { Code, silentLog } from "../src/index.js";
import { closeAll, connect, reply, serve } from "./connected-client.js";
import { answerWith, type RawServer, type RawStream } from "./raw-server.js";
import { failureOf } from "./rpc-failure.js";

const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
const watchPath = "/grpc.health.v1.Health/Watch";

afterEach(closeAll);

class HealthServer {
  readonly raw: RawServer;
  readonly watches: RawStream[] = [];
  calls = 0;
  status: HealthCheckResponse_ServingStatus | undefined;

  constructor(status: HealthCheckResponse_ServingStatus | undefined) {
    this.status = status;
    const answer = answerWith(reply);
    this.raw = serve((stream, raw) => {
      if (stream.header(":path") !== watchPath) {
        this.calls += stream.isEnded ? 1 : 0;
        answer(stream, raw);
      } else if (stream.isEnded && stream.reset === undefined && !this.watches.includes(stream)) {
        this.watches.push(stream);
        this.#open(stream);
      }
    });
  }

  #open(stream: RawStream): void {
    if (this.status === undefined) {
      stream.head().trailers(["grpc-status", "12"]);
    } else {
      stream.head();
      this.report(this.status);
    }
  }

  report(status: HealthCheckResponse_ServingStatus): void {
    this.status = status;
    const message = toBinary(
      HealthCheckResponseSchema,
      create(HealthCheckResponseSchema, { status }),
    );
    this.watches.at(-1)!.message(message);
  }
}

const config = (policy: string): object => ({
  loadBalancingConfig: [{ [policy]: {} }],
  healthCheckConfig: { serviceName: "users" },
});

async function startTwo(
  first: HealthCheckResponse_ServingStatus | undefined,
  options: object = {},
): Promise<{ a: HealthServer; b: HealthServer } & ReturnType<typeof connect>> {
  const a = new HealthServer(first);
  const b = new HealthServer(SERVING);
  const target = `ipv4:${await a.raw.listen()},${await b.raw.listen()}`;
  return {
    a,
    b,
    ...connect(target, { serviceConfig: config("round_robin"), log: silentLog, ...options }),
  };
}

describe("health checking", () => {
  it("sends no calls to a server that says it is not serving, until it is", async () => {
    const { a, b, client } = await startTwo(NOT_SERVING);
    for (let i = 0; i < 6; i++) await client.unary({});
    await a.raw.until(() => a.watches.length === 1);
    expect([a.calls, b.calls]).toEqual([0, 6]);
    a.report(SERVING);
    while (a.calls === 0) await client.unary({});
    b.report(NOT_SERVING);
    a.calls = 0;
    for (let left = b.calls + 3; b.calls < left && a.calls < 20; ) await client.unary({});
    const before = b.calls;
    for (let i = 0; i < 6; i++) await client.unary({});
    expect(b.calls).toBe(before);
    a.report(NOT_SERVING);
    const error = await failureOf(
      (async () => {
        for (;;) await client.unary({});
      })(),
    );
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toContain(
      'is connected, but its health service reports NOT_SERVING for "users"',
    );
  });

  it("takes servers without the service for healthy", async () => {
    const { a, client } = await startTwo(undefined);
    while (a.calls < 3) await client.unary({});
    expect(a.watches.length).toBe(1);
  });

  it("can be switched off, and is none of pick_first's business", async () => {
    const { a, client } = await startTwo(NOT_SERVING, { healthChecking: false });
    while (a.calls < 3) await client.unary({});
    expect(a.watches.length).toBe(0);
    const alone = new HealthServer(NOT_SERVING);
    const target = `ipv4:${await alone.raw.listen()}`;
    const { client: other } = connect(target, { serviceConfig: config("pick_first") });
    await other.unary({});
    expect([alone.calls, alone.watches.length]).toEqual([1, 0]);
  });

  it("ends its watch with the channel, and with the connection", async () => {
    const { a, client, channel } = await startTwo(SERVING);
    while (a.calls < 1) await client.unary({});
    const [connection] = a.raw.connections;
    connection!.drain(0);
    await a.raw.until(() => a.watches.length === 2);
    expect(a.watches[0]!.reset?.code).toBe(8);
    await channel.close();
    await a.raw.until(() => a.raw.activeStreams === 0);
    expect(a.watches.length).toBe(2);
  });
});
