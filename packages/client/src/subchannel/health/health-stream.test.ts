// The watch of one server's health: what each answer makes of it, and when it is asked again.
import { create } from "@bufbuild/protobuf";
import { Code, type LogFields, RpcError, silentLog } from "@trunkline/core";
import * as contract from "@trunkline/core/health";
import { FakeClock } from "@trunkline/core/testing";
import { describe, expect, it } from "vitest";
import type { Attempt, AttemptReceiver } from "../../transport/transport.js";
import { HealthStream } from "./health-stream.js";

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = contract.HealthCheckResponse_ServingStatus;

class Bench {
  readonly clock = new FakeClock();
  readonly calls: AttemptReceiver[] = [];
  readonly errors: LogFields[] = [];
  readonly told: string[] = [];
  cancelled = 0;
  isFull = false;
  readonly stream: HealthStream;

  constructor() {
    const log = {
      ...silentLog,
      error: (_text: string, fields: LogFields = {}) => this.errors.push(fields),
    };
    const host = { target: "dns:///users", clock: this.clock, log, backoff: { jitter: 0 } };
    const subject = {
      address: { kind: "tcp", host: "10.0.0.1", port: 1 } as const,
      start: (call: AttemptReceiver) => {
        if (this.isFull) return false;
        this.calls.push(call);
        call.attached({ cancel: () => this.cancelled++, consumed: () => {} } as unknown as Attempt);
        return true;
      },
    };
    this.stream = new HealthStream(contract, host, subject, "users", () => {
      this.told.push(this.stream.state);
    });
    this.stream.begin();
  }

  report(status: number): void {
    const message = create(contract.HealthCheckResponseSchema, { status: status as never });
    this.calls.at(-1)!.messageReceived(message, 2);
  }

  fail(code: Code): void {
    this.calls.at(-1)!.failed(new RpcError(code, "why"), "sent", undefined);
  }
}

describe("HealthStream", () => {
  it("asks for the service, and is CONNECTING until there is an answer", () => {
    const bench = new Bench();
    expect(bench.calls[0]!.singleRequest()).toMatchObject({ service: "users" });
    expect([bench.stream.state, bench.calls[0]!.isBackground]).toEqual(["CONNECTING", true]);
    bench.report(SERVING);
    expect(bench.stream.state).toBe("READY");
    bench.report(NOT_SERVING);
    expect(bench.stream.reason?.message).toBe('its health service reports NOT_SERVING for "users"');
    bench.report(SERVICE_UNKNOWN);
    bench.report(77);
    expect(bench.stream.reason?.message).toMatch(/reports 77/);
    bench.report(SERVING);
    expect(bench.told).toEqual([
      "READY",
      "TRANSIENT_FAILURE",
      "TRANSIENT_FAILURE",
      "TRANSIENT_FAILURE",
      "READY",
    ]);
    expect(bench.stream.reason).toBeUndefined();
  });

  it("takes a server without health service for healthy, says so, and asks no more", () => {
    const bench = new Bench();
    bench.fail(Code.UNIMPLEMENTED);
    expect(bench.stream.state).toBe("READY");
    expect(bench.errors).toMatchObject([{ target: "dns:///users", address: "10.0.0.1:1" }]);
    expect([bench.clock.pending, bench.calls.length]).toEqual([[], 1]);
  });

  it("asks again with backoff after a call that brought nothing, at once after one that did", async () => {
    const bench = new Bench();
    bench.fail(Code.UNAVAILABLE);
    expect(bench.stream.state).toBe("TRANSIENT_FAILURE");
    expect(bench.stream.reason?.message).toBe("its health cannot be watched: UNAVAILABLE: why");
    expect(bench.clock.pending).toEqual([1000]);
    bench.clock.advance(1000);
    expect([bench.stream.state, bench.calls.length]).toEqual(["CONNECTING", 2]);
    bench.fail(Code.UNAVAILABLE);
    expect(bench.clock.pending).toEqual([1600]);
    bench.clock.advance(1600);
    bench.report(SERVING);
    bench.calls.at(-1)!.succeeded([]);
    await Promise.resolve();
    expect([bench.stream.state, bench.calls.length]).toEqual(["CONNECTING", 4]);
    bench.fail(Code.UNAVAILABLE);
    expect(bench.clock.pending).toEqual([1000]);
  });

  it("tries again later when the connection has no stream for it", () => {
    const bench = new Bench();
    bench.isFull = true;
    bench.fail(Code.INTERNAL);
    bench.clock.advance(1000);
    expect(bench.stream.reason?.message).toMatch(/no stream is free/);
    bench.isFull = false;
    bench.clock.advance(1600);
    expect(bench.calls.length).toBe(2);
  });

  it("leaves nothing behind when it is stopped", () => {
    const bench = new Bench();
    bench.stream.stop();
    expect(bench.cancelled).toBe(1);
    bench.fail(Code.UNAVAILABLE);
    bench.report(SERVING);
    expect([bench.told, bench.clock.pending]).toEqual([[], []]);
    const other = new Bench();
    other.fail(Code.UNAVAILABLE);
    other.stream.stop();
    other.clock.advance(5000);
    expect([other.calls.length, other.clock.pending]).toEqual([1, []]);
  });
});
