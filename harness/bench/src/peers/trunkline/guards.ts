// The guards that a case wants around the server's handlers; their modules are loaded for those alone.
import type { Interceptor } from "@trunkline/server";

/** @param wanted names with commas between: `jwt`, `contract`, `rate`, `concurrency`, `shedding`. */
export async function createGuards(wanted: string): Promise<Interceptor[]> {
  const names = wanted.split(",").filter((name) => name !== "");
  return await Promise.all(names.map(createGuard));
}

async function createGuard(name: string): Promise<Interceptor> {
  if (name === "contract") {
    const { authorizeByContract } = await import("@trunkline/plugins/authz");
    const methods = ["/trunkline.bench.v1.BenchService/*"];
    return authorizeByContract({ rules: [{ methods, access: { scopes: ["users.read"] } }] });
  }
  if (name === "rate") {
    const { rateLimit } = await import("@trunkline/plugins/rate-limit");
    const { byAddress } = await import("@trunkline/server/limits");
    return rateLimit({ rules: [{ name: "address", key: byAddress(), rate: 1e9 }] });
  }
  if (name === "concurrency" || name === "shedding") {
    const { concurrencyLimit, shedLoad } = await import("@trunkline/server/limits");
    return name === "concurrency"
      ? concurrencyLimit({ max: 1e6 })
      : shedLoad({ targetDelayMs: 1e6 });
  }
  if (name !== "jwt") throw new Error(`no guard is called ${name}`);
  const [{ authenticate }, { createJwtAuthenticator }] = await Promise.all([
    import("@trunkline/plugins/authentication"),
    import("@trunkline/plugins/jwt"),
  ]);
  const keys = { secret: process.env.BENCH_SECRET ?? "" };
  return authenticate(createJwtAuthenticator({ issuer: "bench", audience: "bench", keys }));
}
