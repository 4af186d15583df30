// Targets as URIs, and what addresses are made of them.
import { describe, expect, it } from "vitest";
import { canonicalTarget, hostAndPort, peerAddress, targetAddress } from "./target-address.js";

it.each([
  ["users:50051", "dns:///users:50051"],
  ["127.0.0.1:1", "dns:///127.0.0.1:1"],
  ["[::1]:1", "dns:///[::1]:1"],
  ["dns:users:1", "dns:users:1"],
  ["dns://8.8.8.8/users", "dns://8.8.8.8/users"],
  ["ipv4:1.2.3.4:5,6.7.8.9:5", "ipv4:1.2.3.4:5,6.7.8.9:5"],
  ["unix:/run/s", "unix:/run/s"],
  ["etcd:///users", "etcd:///users"],
])("target %s is %s", (target, canonical) => {
  expect(canonicalTarget(target)).toBe(canonical);
});

describe("server.address and server.port", () => {
  const address = (host: string, port?: number) =>
    port === undefined
      ? { "server.address": host }
      : { "server.address": host, "server.port": port };

  it.each([
    ["grpc.io:50051", address("grpc.io", 50051)],
    ["grpc.io", address("grpc.io")],
    ["dns://1.2.3.4/grpc.io:50051", address("grpc.io", 50051)],
    ["dns:grpc.io:50051", address("grpc.io", 50051)],
    ["ipv6:[::1]:50051", address("::1", 50051)],
    ["unix:///run/containerd/containerd.sock", address("/run/containerd/containerd.sock")],
    ["unix:run/s", address("run/s")],
    ["zk://zookeeper:2181/my-server", address("zk://zookeeper:2181/my-server")],
    [
      "ipv4:198.51.100.123:50051,198.51.100.124:50051",
      address("ipv4:198.51.100.123:50051,198.51.100.124:50051"),
    ],
  ])("of %s", (target, expected) => {
    expect(targetAddress(target)).toEqual(expected);
  });

  it("of what is neither", () => {
    expect(hostAndPort("")).toBeUndefined();
    expect(hostAndPort("a:b:c")).toBeUndefined();
    expect(peerAddress("unix:/run/s")).toEqual({ "network.peer.address": "unix:/run/s" });
    expect(peerAddress("[::1]:7")).toEqual({
      "network.peer.address": "::1",
      "network.peer.port": 7,
    });
  });
});
