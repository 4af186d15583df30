// Tests of the lock file of a data folder.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockFolder } from "./folder-lock.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "folder-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("is held until it is released, and leaves nothing behind", () => {
  const lock = lockFolder(join(folder, "made/on/demand"));
  const again = (): unknown => lockFolder(join(folder, "made/on/demand"));
  expect(again).toThrow(`made/on/demand is in use by process ${process.pid}`);
  lock.release();
  lock.release();
  lockFolder(join(folder, "made/on/demand")).release();
  expect(readdirSync(join(folder, "made/on/demand"))).toEqual([]);
});

it("is refused while another process that runs holds it", () => {
  // The parent of this process runs for as long as the test does.
  writeFileSync(join(folder, "lock.pid"), `${process.ppid}\n`);
  expect(() => lockFolder(folder)).toThrow(`in use by process ${process.ppid}`);
  expect(readdirSync(folder)).toEqual(["lock.pid"]);
});

it.each([
  ["of a process that has ended", "4194304000\n"],
  ["of an earlier process with our pid", `${process.pid} started 1\n`],
  ["of an earlier process with the pid of another", `${process.ppid} started 1\n`],
  ["that is empty", ""],
  ["that is garbage", "hello\n"],
])("is taken over from a lock %s", (_, text) => {
  writeFileSync(join(folder, "lock.pid"), text);
  lockFolder(folder).release();
  expect(readdirSync(folder)).toEqual([]);
});

it("does not release a folder that it no longer holds", () => {
  const lock = lockFolder(folder);
  lock.release();
  writeFileSync(join(folder, "lock.pid"), `${process.ppid}\n`);
  lock.release();
  expect(readdirSync(folder)).toEqual(["lock.pid"]);
});

it("is refused where no folder can be made", () => {
  expect(() => lockFolder("/proc/nope/data")).toThrow("ENOENT");
});
