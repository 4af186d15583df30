// Attacks by numbers: streams, connections, handshakes, and frames where none may come any more.
import {
  ErrorCode,
  FrameType,
  formatData,
  formatGoaway,
  formatPing,
  formatWindowUpdate,
  frameHeadBytes,
  writeFrameHead,
} from "@trunkline/http2";
import { type Attack, breaks, breaksProtocol, goaway } from "../attack.js";
import { collectCall, getCall, openCall } from "../wire/calls.js";
import { join, repeat, zeros } from "../wire/octets.js";

const against = "server";

/** DATA whose padding is said to be as long as the whole payload. */
function allPadding(id: number, length: number): Uint8Array {
  const head = zeros(frameHeadBytes);
  const padded = 0x8;
  writeFrameHead(head, 0, length, FrameType.DATA, padded, id);
  const payload = zeros(length);
  payload[0] = Math.min(255, length);
  return join(head, payload);
}

const streams: readonly Attack[] = [
  {
    name: "open-streams",
    sends: "uploads that never end, far more than may be open",
    against,
    ...breaks("errorResetBurst"),
    pauseMs: 10,
    chunk: (peer) => repeat(100, () => openCall(peer, "collect")),
  },
  {
    name: "held-calls",
    sends: "whole calls whose handlers wait, far more than may be open",
    against,
    ...breaks("errorResetBurst"),
    pauseMs: 10,
    chunk: (peer) => repeat(100, () => getCall(peer, 1, true)),
  },
  {
    name: "giant-padding",
    sends: "DATA whose padding is longer than its payload",
    against,
    ...breaksProtocol("PROTOCOL_ERROR", /padding/),
    opening: (peer) => collectCall(peer),
    chunk: (peer) => allPadding(peer.lastId, 200),
  },
  {
    name: "giant-frame",
    sends: "a frame of 16 MiB, where 16 KiB are allowed",
    against,
    ...breaksProtocol("FRAME_SIZE_ERROR", /frame/),
    opening: (peer) => collectCall(peer),
    chunk: (peer) => formatData(peer.lastId, zeros(2 ** 24 - 1)),
  },
  {
    name: "window-overrun",
    sends: "DATA beyond the windows of their streams",
    against,
    ending: { kind: "reset", code: "FLOW_CONTROL_ERROR" },
    counter: "errorResets",
    pauseMs: 20,
    chunk: (peer) => {
      const head = collectCall(peer, true);
      return join(
        head,
        repeat(65, () => formatData(peer.lastId, zeros(16_384))),
      );
    },
  },
  {
    name: "frames-after-goaway",
    sends: "calls, PINGs and WINDOW_UPDATE after it was sent GOAWAY",
    against,
    ...breaksProtocol("PROTOCOL_ERROR", /WINDOW_UPDATE of 0/),
    opening: () => formatWindowUpdate(0, 0),
    goesOn: true,
    chunk: (peer) =>
      repeat(200, () => join(getCall(peer, 1), formatPing(zeros(8)), formatWindowUpdate(0, 1))),
  },
  {
    name: "calls-after-own-goaway",
    sends: "GOAWAY, and calls behind it",
    against,
    ending: [goaway("NO_ERROR", /^/), { kind: "closed" }],
    opening: () => formatGoaway(0, ErrorCode.NO_ERROR),
    chunk: (peer) => repeat(100, () => getCall(peer, 1)),
  },
];

const connections: readonly Attack[] = [
  {
    name: "idle-connections",
    sends: "3,000 connections that do nothing, where 1,000 may be open",
    against,
    ending: [{ kind: "closed" }, { kind: "tolerated" }],
    counter: "refusedConnections",
    lanes: 3000,
    options: { maxConnections: 1000 },
  },
  {
    name: "connection-churn",
    sends: "connections that end in the middle of a frame",
    against,
    ending: { kind: "tolerated" },
    lanes: 20,
    keptMs: 5,
    opening: (peer) => join(getCall(peer, 1000, true), getCall(peer, 1).subarray(0, 20)),
  },
  {
    name: "tls-early-close",
    cve: "CVE-2025-59465",
    sends: "TLS handshakes that are broken off, and malformed HEADERS just before the end",
    against,
    ending: { kind: "tolerated" },
    transport: "tls",
    lanes: 10,
    keptMs: 20,
    opening: (peer) => getCall(peer, 1000, true).subarray(0, 30),
  },
  {
    name: "tls-slow-handshake",
    sends: "TLS connections that never say hello",
    against,
    ending: { kind: "closed" },
    counter: "handshakeTimeouts",
    options: { handshakeTimeoutMs: 300 },
    transport: "tls-handshake",
    lanes: 50,
  },
  {
    name: "tls-renegotiation",
    cve: "CVE-2009-3555",
    sends: "TLS 1.2 renegotiations",
    against,
    ending: { kind: "closed" },
    counter: "renegotiations",
    transport: "tls-renegotiation",
  },
];

export const numberAttacks: readonly Attack[] = [...streams, ...connections];
