// How many processors the control group of this process leaves it, which Node.js does not look at in all versions.
import { readFileSync } from "node:fs";

/** Whole processors, 1 or more; undefined without a quota, and elsewhere than on Linux. */
export function readCpuQuota(read: (path: string) => string = readText): number | undefined {
  const version2 = attempt(() => parseQuota(...split(read("/sys/fs/cgroup/cpu.max"))));
  if (version2 !== undefined) return version2;
  const folder = "/sys/fs/cgroup/cpu";
  return attempt(() =>
    parseQuota(read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`)),
  );
}

const readText = (path: string): string => readFileSync(path, "utf8");

const split = (text: string): [string, string] => {
  const [quota = "", period = ""] = text.trim().split(" ");
  return [quota, period];
};

function attempt(read: () => number | undefined): number | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** `max` and -1 stand for no quota. */
function parseQuota(quota: string, period: string): number | undefined {
  const share = Number(quota) / Number(period);
  return Number.isFinite(share) && share > 0 ? Math.max(1, Math.ceil(share)) : undefined;
}
