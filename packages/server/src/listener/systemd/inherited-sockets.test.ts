// Which sockets systemd has for this process, and which for somebody else.
import { silentLog } from "@trunkline/core";
import { expect, it, test, vi } from "vitest";
import { findPath } from "../place/inherited-path.js";
import { listenOnSystemdSockets, systemdSockets } from "./inherited-sockets.js";

const pid = 100;
const ppid = 50;

it.each([
  [{}, []],
  [{ LISTEN_FDS: "1" }, []],
  [{ LISTEN_FDS: "1", LISTEN_PID: "100" }, [[3, "unknown"]]],
  [
    { LISTEN_FDS: "3", LISTEN_PID: "100", LISTEN_FDNAMES: "grpc::admin" },
    [
      [3, "grpc"],
      [4, "unknown"],
      [5, "admin"],
    ],
  ],
  [{ LISTEN_FDS: "0", LISTEN_PID: "100" }, []],
  [{ LISTEN_FDS: "-1", LISTEN_PID: "100" }, []],
  [{ LISTEN_FDS: "x", LISTEN_PID: "100" }, []],
  [{ LISTEN_FDS: "1", LISTEN_PID: "99" }, []],
  [{ LISTEN_FDS: "1", LISTEN_PID: "50", TRUNKLINE_WORKER: "1" }, [[3, "unknown"]]],
  [{ LISTEN_FDS: "1", LISTEN_PID: "100", TRUNKLINE_WORKER: "1" }, []],
])("%j", (env, expected) => {
  const sockets = systemdSockets({ env, pid, ppid, log: silentLog });
  expect(sockets.map(({ fd, name }) => [fd, name])).toEqual(expected);
});

test("sockets of another process are told of", () => {
  const warn = vi.fn();
  systemdSockets({ env: { LISTEN_FDS: "1", LISTEN_PID: "7" }, pid, log: { ...silentLog, warn } });
  expect(warn).toHaveBeenCalledWith(expect.stringContaining("has to start node itself"), {
    listenPid: "7",
    pid,
  });
});

test("a name that no socket has", async () => {
  const env = { LISTEN_FDS: "2", LISTEN_PID: "100", LISTEN_FDNAMES: "grpc:admin" };
  const listening = listenOnSystemdSockets(
    { listen: () => expect.unreachable() },
    { name: "x" },
    { env, pid },
  );
  await expect(listening).rejects.toThrow("no socket named x; it has grpc, admin");
});

const table = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01   123 /run/a b.sock
0000000000000000: 00000002 00000000 00010000 0001 01   124 @abstract
0000000000000000: 00000003 00000000 00000000 0001 03   125
`;

it.each([
  ["123", "/run/a b.sock"],
  ["124", "\0abstract"],
  ["125", undefined],
  ["126", undefined],
])("the path of inode %s", (inode, path) => {
  expect(findPath(table, inode)).toBe(path);
});
