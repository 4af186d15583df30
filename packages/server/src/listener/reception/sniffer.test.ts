// A client has one deadline for its first bytes, however it spreads them.
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ListenerCounters } from "../listener-counters.js";
import { sniffProtocol } from "./sniffer.js";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function sniff() {
  const socket = new PassThrough();
  const counters = new ListenerCounters();
  const found: string[] = [];
  sniffProtocol(socket as unknown as Socket, { handshakeTimeoutMs: 1000, counters }, (bytes) =>
    found.push(Buffer.from(bytes).toString()),
  );
  const receive = (text: string): void => {
    socket.emit("data", Buffer.from(text));
  };
  return { socket, counters, found, receive };
}

test("an octet now and then does not put the deadline off", () => {
  const { socket, counters, receive } = sniff();
  receive("P");
  vi.advanceTimersByTime(900);
  receive("R");
  vi.advanceTimersByTime(99);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(socket.destroyed).toBe(true);
  expect(counters.handshakeTimeouts).toBe(1);
});

test("once it is known to be HTTP/2 there is no deadline left", () => {
  const { socket, found, receive } = sniff();
  receive("P");
  receive("RI");
  expect(found).toEqual(["PRI"]);
  expect(vi.getTimerCount()).toBe(0);
  expect(socket.destroyed).toBe(false);
});

test("a connection that is lost leaves no timer behind", () => {
  const { socket } = sniff();
  socket.emit("close");
  expect(vi.getTimerCount()).toBe(0);
});
