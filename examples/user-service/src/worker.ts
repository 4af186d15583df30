// What each worker runs: started by start-workers.ts, never by hand.
import { serveOnAllCores } from "@trunkline/server/cluster";
import { readConfig } from "./settings/config.js";
import { startService } from "./start.js";

try {
  await serveOnAllCores({
    async start(worker) {
      await startService(readConfig(process.env), worker);
    },
  });
} catch {
  // Who has started the workers is told, and tells it.
}
