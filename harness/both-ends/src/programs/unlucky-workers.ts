// Workers that cannot start, or crash again and again, as the argument says.
import { createServer } from "@trunkline/server";
import { serveOnAllCores } from "@trunkline/server/cluster";

const [, , what] = process.argv;
try {
  const cluster = await serveOnAllCores({
    workers: 2,
    crashes: { minBackoffMs: 1, maxCrashes: 3 },
    async start(worker) {
      if (what === "throw") throw new Error("no database");
      if (what === "exit") process.exit(7);
      await worker.listen(createServer());
      if (what === "crash" && worker.slot === 1) setTimeout(() => process.exit(9), 20);
    },
  });
  if (cluster.role === "primary") {
    cluster.ended.catch((error: Error) => console.log(`ended: ${error.message}`));
  }
} catch (error) {
  console.log(`failed: ${(error as Error).message}`);
  process.exitCode = 5;
}
