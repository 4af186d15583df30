// Connections of one address: so many, and one more when one has gone.
import { silentLog } from "@trunkline/core";
import { expect, test } from "vitest";
import { createHandlerContext } from "../testing/handler-context.js";
import { AddressCap } from "./address-cap.js";

const peerAt = (address: string) => createHandlerContext({ peer: { address } }).peer;

test("counts connections by address, and by network for IPv6", () => {
  const cap = new AddressCap(2, silentLog);
  const peers = ["192.0.2.1:1", "192.0.2.1:2", "192.0.2.1:3"].map(peerAt);
  expect(peers.map((peer) => cap.enter(peer))).toEqual([true, true, false]);
  expect(cap.enter(peerAt("192.0.2.2:1"))).toBe(true);
  const v6 = ["[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::3]:1", "[2001:db8:1::1]:1"];
  expect(v6.map((address) => cap.enter(peerAt(address)))).toEqual([true, true, false, true]);
  for (let i = 0; i < 5; i++) expect(cap.enter(peerAt("unix:"))).toBe(true);
  expect(cap.refusedCount).toBe(2);
  // One that was refused takes nobody's place with it.
  cap.leave(peers[2]!);
  expect(cap.enter(peerAt("192.0.2.1:4"))).toBe(false);
  cap.leave(peers[0]!);
  cap.leave(peers[0]!);
  expect([cap.enter(peerAt("192.0.2.1:5")), cap.enter(peerAt("192.0.2.1:6"))]).toEqual([
    true,
    false,
  ]);
});
