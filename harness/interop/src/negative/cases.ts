// The table of HTTP/2 negative cases: what the server does, what a good client makes of it, what the server must see.
import { Code } from "@trunkline/client";
import { SettingId } from "@trunkline/http2";
import { expect } from "vitest";
import { expectFailure, type Target } from "../official/case.js";
import { callLargeUnary } from "../official/cases/unary.js";
import type { Seen } from "./bad-connection.js";
import type { BadServer } from "./bad-server.js";
import type { Misbehaviour, Step } from "./misbehaviour.js";
import { answer, data, goaway, headers, reset } from "./steps.js";

/** One case; what each does is written in "Negative HTTP/2 Interop Test Case Descriptions". */
export interface NegativeCase {
  readonly name: string;
  readonly behaviour: Misbehaviour;
  /** What the server does to grpc-go's program, where that wants something else. */
  readonly behaviourForGo?: Misbehaviour;
  /** Our client's part. */
  run(target: Target, server: BadServer): Promise<void>;
  /** What the server must have seen of any good client. */
  expectSeen?(seen: Readonly<Seen>): void;
}

const PARALLEL_CALLS = 15;
/** The largest padding there is (RFC 9113 s6.1). */
const LARGEST_PAD = 255;
const TINY_DATA_BYTES = 5;

/** A call that the server resets with NO_ERROR fails, and with a status that does not speak of the client. */
const runReset = (target: Target): Promise<void> =>
  expectFailure(callLargeUnary(target), Code.INTERNAL);

/** An error code that HTTP/2 does not have (RFC 9113 s7). */
const UNASSIGNED_CODE = 0x7e57;

function* resetDuringData(id: number, message: Uint8Array, code?: number): Generator<Step> {
  yield headers(id);
  yield* data(id, message.subarray(0, message.length / 2));
  yield reset(id, code);
}

const resets: NegativeCase[] = [
  {
    name: "rst_after_header",
    behaviour: { respond: (id) => [headers(id), reset(id)] },
    run: runReset,
  },
  {
    name: "rst_during_data",
    behaviour: { respond: resetDuringData },
    // Its program wants UNKNOWN here, which is what grpc-go makes of no other code than an unknown one.
    behaviourForGo: { respond: (id, message) => resetDuringData(id, message, UNASSIGNED_CODE) },
    run: runReset,
  },
  {
    name: "rst_after_data",
    behaviour: {
      *respond(id, message) {
        yield headers(id);
        yield* data(id, message);
        yield reset(id);
      },
    },
    run: runReset,
  },
];

/** See the file's first line. */
export const negativeCases: readonly NegativeCase[] = [
  {
    name: "goaway",
    behaviour: {
      *respond(id, message) {
        yield goaway(id);
        yield* answer(id, message);
      },
    },
    async run(target, server) {
      await callLargeUnary(target);
      await server.firstClientGone;
      await callLargeUnary(target);
    },
    expectSeen: ({ connections }) => expect(connections).toBe(2),
  },
  ...resets,
  {
    name: "ping",
    behaviour: { pings: true, respond: answer },
    run: callLargeUnary,
    expectSeen({ pingsSent, pingsAcked }) {
      expect(pingsSent).toBeGreaterThan(20);
      expect(pingsAcked).toBe(pingsSent);
    },
  },
  {
    name: "max_streams",
    behaviour: { settings: [SettingId.MAX_CONCURRENT_STREAMS, 1], respond: answer },
    async run(target) {
      await callLargeUnary(target);
      await Promise.all(Array.from({ length: PARALLEL_CALLS }, () => callLargeUnary(target)));
    },
    expectSeen({ mostStreams, connections }) {
      expect({ mostStreams, connections }).toEqual({ mostStreams: 1, connections: 1 });
    },
  },
  {
    name: "data_frame_padding",
    behaviour: { respond: (id, message) => answer(id, message, TINY_DATA_BYTES, LARGEST_PAD) },
    run: callLargeUnary,
  },
  {
    name: "no_df_padding",
    behaviour: { respond: (id, message) => answer(id, message, TINY_DATA_BYTES) },
    run: callLargeUnary,
  },
];
