// Addresses of all kinds, well formed and not.
import { expect, test } from "vitest";
import { toSocketAddress } from "./socket-address.js";

const ip = (bytes: readonly number[], port: number) => ({
  case: "tcpipAddress",
  value: { ipAddress: Uint8Array.from(bytes), port },
});

test.each<[string, object]>([
  ["127.0.0.1:50051", ip([127, 0, 0, 1], 50_051)],
  ["[::1]:80", ip([...new Array(15).fill(0), 1], 80)],
  ["[::]:80", ip(new Array(16).fill(0), 80)],
  ["[fe80::1:2%eth0]:1", ip([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2], 1)],
  ["[1:2:3:4:5:6:7:8]:1", ip([0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8], 1)],
  ["[::ffff:1.2.3.4]:1", ip([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 1, 2, 3, 4], 1)],
  ["unix:/run/x.sock", { case: "udsAddress", value: { filename: "/run/x.sock" } }],
  ...["memory", "1.2.3:1", "1.2.3.256:1", "[1::2::3]:1", "[1:2]:1", "[xyz::]:1"].map(
    (name): [string, object] => [name, { case: "otherAddress", value: { name } }],
  ),
])("%s", (text, address) => {
  expect(toSocketAddress(text)).toEqual({ address });
});
