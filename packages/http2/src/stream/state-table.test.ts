// Every state against every frame, through a whole connection: what RFC 9113 s5.1 says must come out.
import { describe, expect, test } from "vitest";
import { formatData } from "../frame/data.js";
import { ErrorCode } from "../frame/error-code.js";
import { formatRstStream } from "../frame/rst-stream.js";
import { formatWindowUpdate } from "../frame/window-update.js";
import { requestFields, ScriptedPeer } from "../testing/scripted-peer.js";
import { actionFor, connectionError, ignoreFrame, StreamState } from "./state-table.js";

const ok: readonly string[] = [":status", "200"];
const trailers: readonly string[] = ["x-end", "1"];

/** Brings stream 3 of a server into a state, by the frames of a peer and the calls of an application. */
const roads: Record<string, (peer: ScriptedPeer) => void> = {
  IDLE: () => {},
  OPEN: (peer) => peer.sends(peer.headers(3)),
  HALF_CLOSED_LOCAL: (peer) => {
    peer.sends(peer.headers(3));
    peer.connection.sendHeaders(3, { fields: ok }, true);
  },
  HALF_CLOSED_REMOTE: (peer) => peer.sends(peer.headers(3, requestFields, true)),
  CLOSED: (peer) => {
    peer.sends(peer.headers(3, requestFields, true));
    peer.connection.sendHeaders(3, { fields: ok }, true);
  },
  RESET_LOCAL: (peer) => {
    peer.sends(peer.headers(3));
    peer.connection.resetStream(3, ErrorCode.CANCEL);
  },
  RESET_REMOTE: (peer) => peer.sends(peer.headers(3), formatRstStream(3, ErrorCode.CANCEL)),
  SKIPPED: (peer) => peer.sends(peer.headers(5)),
};

const frames: Record<string, (peer: ScriptedPeer, fields: readonly string[]) => Uint8Array> = {
  HEADERS: (peer, fields) => peer.headers(3, fields),
  HEADERS_END: (peer, fields) => peer.headers(3, fields, true),
  DATA: () => formatData(3, new Uint8Array(1)),
  DATA_END: () => formatData(3, new Uint8Array(1), true),
  RST_STREAM: () => formatRstStream(3, ErrorCode.CANCEL),
  WINDOW_UPDATE: () => formatWindowUpdate(3, 1),
};

const protocol = "GOAWAY PROTOCOL_ERROR";
const closed = "GOAWAY STREAM_CLOSED";
const second = "RST_STREAM 3 PROTOCOL_ERROR";
const cancelled = "3 reset peer CANCEL";

// biome-ignore format: a table
const expected: Record<string, readonly string[]> = {
  //                   HEADERS      HEADERS_END          DATA        DATA_END        RST_STREAM  WINDOW_UPDATE
  IDLE:               ["3 opened",  "3 opened END",      protocol,   protocol,       protocol,   protocol],
  OPEN:               [second,      "3 trailers END",    "3 data 1", "3 data 1 END", cancelled,  ""],
  HALF_CLOSED_LOCAL:  [second,      "3 trailers END",    "3 data 1", "3 data 1 END", cancelled,  ""],
  HALF_CLOSED_REMOTE: [closed,      closed,              closed,     closed,         cancelled,  ""],
  CLOSED:             [closed,      closed,              closed,     closed,         "",         ""],
  RESET_LOCAL:        ["",          "",                  "",         "",             "",         ""],
  RESET_REMOTE:       [closed,      closed,              closed,     closed,         "",         ""],
  SKIPPED:            [protocol,    protocol,            closed,     closed,         "",         ""],
};

/** The outcome in a word: what was written to the peer, or else what the sink heard. */
function outcome(peer: ScriptedPeer): string {
  const shown = peer.shows().map((line) => line.replace(/last=\d+ /, ""));
  const heard = peer.heard().map((line) => line.replace(/(opened|trailers) .*?( END)?$/, "$1$2"));
  return shown[0] ?? heard[0] ?? "";
}

describe.each(Object.keys(roads))("in state %s", (state) => {
  test.each(Object.keys(frames).map((name, i) => [name, expected[state]![i]!] as const))(
    "%s gives %s",
    (name, wanted) => {
      const peer = new ScriptedPeer("server").greet();
      roads[state]!(peer);
      peer.shows();
      peer.heard();
      const fields = state === "IDLE" ? requestFields : trailers;
      peer.sends(frames[name]!(peer, fields));
      expect(outcome(peer)).toBe(wanted);
    },
  );
});

test("after any ignored block the header table is still in step", () => {
  const peer = new ScriptedPeer("server").greet();
  roads.RESET_LOCAL!(peer);
  peer.sends(peer.headers(3, ["x-new", "kept"], true));
  peer.heard();
  peer.sends(peer.headers(5, [...requestFields, "x-new", "kept"]));
  expect(peer.heard()[0]).toContain("x-new=kept");
});

test("actions never leave the table's three kinds", () => {
  for (const state of Object.values(StreamState)) {
    for (let input = 0; input < 6; input++) {
      const action = actionFor(state, input);
      const isNext = action <= StreamState.SKIPPED;
      expect(isNext || action === ignoreFrame || action > connectionError).toBe(true);
    }
  }
});
