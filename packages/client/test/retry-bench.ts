// What tests of retries share: a clock that the test turns, a server that answers attempt by attempt, events as words.
import { FakeClock } from "@trunkline/core/testing";
import { expect } from "vitest";
import type {
  AttemptRecord,
  CallObserver,
  Channel,
  ChannelOptions,
  Client,
  HedgingPolicyJson,
  RetryPolicyJson,
} from "../src/index.js";
import { connect, reply, serve } from "./connected-client.js";
import type { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { grpcHead, type RawServer, type RawStream } from "./raw-server.js";

/** What becomes of one attempt, once its request has come in. */
export type Answer = (stream: RawStream) => void;

/** Trailers alone: a failure before anything was answered. */
export function fail(code: number, message = "no", ...more: string[]): Answer {
  const fields = [...grpcHead, "grpc-status", String(code), "grpc-message", message, ...more];
  return (stream) => stream.connection.sendHeaders(stream.id, { fields }, true);
}

/** OK. */
export const succeed: Answer = (stream) => stream.head().message(reply).trailers();

/** Nothing. */
export const beSilent: Answer = () => {};

/** Not looked at. */
export const refuse: Answer = (stream) => stream.rst(7);

/** A server whose n-th stream gets the n-th answer, when its requests have ended; the last one goes on for ever. */
export function serveAnswers(...answers: Answer[]): RawServer {
  const answered = new WeakSet<RawStream>();
  return serve((stream, server) => {
    if (stream.isEnded && stream.reset === undefined && !answered.has(stream)) {
      answered.add(stream);
      answers[Math.min(server.streams.indexOf(stream), answers.length - 1)]?.(stream);
    }
  });
}

/** `grpc-previous-rpc-attempts` of each stream. */
export function attemptsSeen(server: RawServer): (string | undefined)[] {
  return server.streams.map((stream) => stream.header("grpc-previous-rpc-attempts"));
}

/** Four attempts, 100 ms, twice as long each time. */
export const policy: RetryPolicyJson = {
  maxAttempts: 4,
  initialBackoff: "0.1s",
  maxBackoff: "1s",
  backoffMultiplier: 2,
  retryableStatusCodes: ["UNAVAILABLE"],
};

/** A service config with one policy for everything. */
export function configOf(
  what: { retryPolicy: RetryPolicyJson } | { hedgingPolicy: HedgingPolicyJson },
  retryThrottling?: { maxTokens: number; tokenRatio: number },
): ChannelOptions["serviceConfig"] {
  return { methodConfig: [{ name: [{}], ...what }], retryThrottling };
}

/** Writes down what happens to attempts. */
export class Recorder implements CallObserver {
  readonly events: string[] = [];

  requestStarted({ number, kind }: AttemptRecord): void {
    this.events.push(`${number} ${kind}`);
  }

  attemptEnded({ number, code }: AttemptRecord): void {
    this.events.push(`${number} ended ${code}`);
  }
}

export interface Bench {
  readonly clock: FakeClock;
  readonly recorder: Recorder;
  readonly channel: Channel;
  readonly client: Client<typeof TestService>;
  readonly server: RawServer;
}

/** A client of `server` in memory. */
export function openBench(server: RawServer, options: ChannelOptions = {}): Bench {
  const clock = new FakeClock(1_000_000);
  const recorder = new Recorder();
  const { channel, client } = connect("server:1", {
    connect: () => server.dial(),
    clock,
    observers: [recorder],
    ...options,
  });
  return { clock, recorder, channel, client, server };
}

/** Lets the event loop turn until it holds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    expect(turn, "turns of the event loop").toBeLessThan(20_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Waits until so many attempts have failed, and then lets the longest wait pass. */
export async function afterFailures(
  { recorder, clock }: Bench,
  count: number,
  waitMs = 1200,
): Promise<void> {
  await until(() => recorder.events.filter((event) => event.includes("ended")).length >= count);
  clock.advance(waitMs);
}
