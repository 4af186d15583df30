// The rules of several processes, without any: spread, crashes, sums, quotas.
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { readCpuQuota } from "./cpu-quota.js";
import { CrashPolicy } from "./crash-policy.js";
import { sumFigures } from "./figures.js";
import { Spread } from "./spread.js";

describe("spread", () => {
  it("gives to who has the fewest, in turn where several have", () => {
    const workers = [0, 0, 0].map(() => ({ connections: 0, lastTurn: 0 }));
    const spread = new Spread();
    const given = Array.from({ length: 4 }, () => workers.indexOf(spread.take(workers)!));
    expect(given).toEqual([0, 1, 2, 0]);
    workers[2]!.connections = 0;
    expect(workers.indexOf(spread.take(workers)!)).toBe(2);
    expect(spread.take([])).toBeUndefined();
  });

  it("differs by one at most as long as no connection ends, and a newcomer catches up", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(100), (count, connections) => {
        const workers = Array.from({ length: count }, () => ({ connections: 0, lastTurn: 0 }));
        const spread = new Spread();
        for (let i = 0; i < connections; i++) spread.take(workers);
        const counts = workers.map((worker) => worker.connections);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        const newcomer = { connections: 0, lastTurn: 0 };
        const least = Math.min(...counts);
        for (let i = 0; i < least; i++) expect(spread.take([...workers, newcomer])).toBe(newcomer);
      }),
    );
  });
});

describe("crashes", () => {
  it("wait twice as long each time, up to the longest", () => {
    const policy = new CrashPolicy({ minBackoffMs: 100, maxBackoffMs: 1000, maxCrashes: 7 });
    const waits = [0, 1, 2, 3, 4, 5, 6].map((ms) => policy.crashed(ms));
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000, undefined]);
    expect(policy.verdict).toBe("7 crashes of workers within 60000 ms");
  });

  it("are forgotten after a while", () => {
    const policy = new CrashPolicy({ maxCrashes: 2, withinMs: 1000 });
    expect([0, 1000, 2000, 2999].map((ms) => policy.crashed(ms))).toEqual([
      100,
      100,
      100,
      undefined,
    ]);
  });
});

describe("figures", () => {
  it("are added up name by name, whatever is missing or strange", () => {
    const sum = sumFigures([
      { a: 1, deep: { b: 2, deeper: { c: 3 } }, text: "x", none: null },
      { a: 10, deep: { b: 20 } },
      { deep: { deeper: { c: 300 } }, only: 7 },
      undefined,
      "text",
    ]);
    expect(sum).toEqual({ a: 11, deep: { b: 22, deeper: { c: 303 } }, only: 7 });
  });

  it("of names that objects have anyhow", () => {
    expect(sumFigures([{ constructor: 1 }, { constructor: 2 }])).toEqual({ constructor: 3 });
  });
});

test.each([
  ["version 2", { "/sys/fs/cgroup/cpu.max": "150000 100000\n" }, 2],
  ["version 2, less than one", { "/sys/fs/cgroup/cpu.max": "20000 100000\n" }, 1],
  ["version 2 without", { "/sys/fs/cgroup/cpu.max": "max 100000\n" }, undefined],
  [
    "version 1",
    {
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    },
    4,
  ],
  [
    "version 1 without",
    {
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    },
    undefined,
  ],
  ["neither", {}, undefined],
])("the quota of a control group: %s", (_, files, expected) => {
  const read = (path: string): string => {
    const text = (files as Record<string, string>)[path];
    if (text === undefined) throw new Error("ENOENT");
    return text;
  };
  expect(readCpuQuota(read)).toBe(expected);
});
