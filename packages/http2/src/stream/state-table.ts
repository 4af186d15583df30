// Stream states as data: what each frame from the peer does in each state (RFC 9113 s5.1).
import { ErrorCode } from "../frame/error-code.js";

/*
 *                      +--------+
 *              recv H  |  idle  |  send H
 *                 ,----|        |----.
 *                 v    +--------+    v
 *            +-------------------------+
 *            |          open           |-------------------.
 *            +-------------------------+                   |
 *       recv ES |                   | send ES              | send R / recv R
 *               v                   v                      |
 *      +-------------+         +-------------+             |
 *      | half-closed |         | half-closed |             |
 *      |  (remote)   |         |  (local)    |             |
 *      +-------------+         +-------------+             |
 *               | send ES / R       | recv ES / R          |
 *               v                   v                      v
 *            +------------------------------------------------+
 *            |  closed: ended, reset locally, reset remotely, |
 *            |          skipped (implicitly closed, s5.1.1)   |
 *            +------------------------------------------------+
 *
 * H: HEADERS, ES: END_STREAM flag, R: RST_STREAM. PRIORITY is legal in every state and changes none.
 */

/** The states. The four kinds of "closed" answer late frames in different ways. */
export const StreamState = {
  /** Not used yet, and the peer may open it. */
  IDLE: 0,
  OPEN: 1,
  HALF_CLOSED_LOCAL: 2,
  HALF_CLOSED_REMOTE: 3,
  /** Both sides sent END_STREAM. */
  CLOSED: 4,
  /** We sent RST_STREAM, so frames of the peer may still be on their way. */
  RESET_LOCAL: 5,
  /** The peer sent RST_STREAM, so it cannot send more. */
  RESET_REMOTE: 6,
  /** Below an id that the peer has used, and never used itself. */
  SKIPPED: 7,
  /** Not used yet, and not the peer's to open: an even id, or a client's id that the client has not opened. */
  FOREIGN: 8,
} as const;
export type StreamState = (typeof StreamState)[keyof typeof StreamState];

/** What can arrive on a stream; the columns of the table. */
export const StreamInput = {
  HEADERS: 0,
  HEADERS_END: 1,
  DATA: 2,
  DATA_END: 3,
  RST_STREAM: 4,
  WINDOW_UPDATE: 5,
} as const;
export type StreamInput = (typeof StreamInput)[keyof typeof StreamInput];

/** Actions below this one are the next state. */
export const firstRefusal = 16;
/** Drop the frame; header blocks are decoded and windows are given back all the same. */
export const ignoreFrame = 16;
/** Actions from here on are `connectionError + code`. */
export const connectionError = 32;

const S = StreamState;
const columns = 6;
const protocol = connectionError + ErrorCode.PROTOCOL_ERROR;
const closed = connectionError + ErrorCode.STREAM_CLOSED;
const ignore = ignoreFrame;

// Frames on half-closed (remote) could be stream errors; each of them as a connection error leaves
// nothing to provoke resets with (CVE-2025-8671).
// biome-ignore format: a table
const table = Uint8Array.from([
  // HEADERS              HEADERS+ES            DATA                 DATA+ES               RST_STREAM      WINDOW_UPDATE
  S.OPEN,                 S.HALF_CLOSED_REMOTE, protocol,            protocol,             protocol,       protocol,             // IDLE
  S.OPEN,                 S.HALF_CLOSED_REMOTE, S.OPEN,              S.HALF_CLOSED_REMOTE, S.RESET_REMOTE, S.OPEN,               // OPEN
  S.HALF_CLOSED_LOCAL,    S.CLOSED,             S.HALF_CLOSED_LOCAL, S.CLOSED,             S.RESET_REMOTE, S.HALF_CLOSED_LOCAL,  // HALF_CLOSED_LOCAL
  closed,                 closed,               closed,              closed,               S.RESET_REMOTE, S.HALF_CLOSED_REMOTE, // HALF_CLOSED_REMOTE
  closed,                 closed,               closed,              closed,               ignore,         ignore,               // CLOSED
  ignore,                 ignore,               ignore,              ignore,               ignore,         ignore,               // RESET_LOCAL
  closed,                 closed,               closed,              closed,               ignore,         ignore,               // RESET_REMOTE
  protocol,               protocol,             closed,              closed,               ignore,         ignore,               // SKIPPED
  protocol,               protocol,             protocol,            protocol,             protocol,       protocol,             // FOREIGN
]);

/** The next state, `ignoreFrame`, or `connectionError` plus an error code. */
export function actionFor(state: number, input: number): number {
  return table[state * columns + input]!;
}

/** Whether the peer may still send on a stream in this state. */
export function isRemoteOpen(state: number): boolean {
  return state === S.OPEN || state === S.HALF_CLOSED_LOCAL;
}

/** Whether we may still send on a stream in this state. */
export function isLocalOpen(state: number): boolean {
  return state === S.OPEN || state === S.HALF_CLOSED_REMOTE;
}

/** The state after we sent END_STREAM. */
export function afterLocalEnd(state: number): StreamState {
  return state === S.OPEN ? S.HALF_CLOSED_LOCAL : S.CLOSED;
}
