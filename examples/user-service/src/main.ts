// `npm start`: runs the service until it is told to stop by SIGTERM or SIGINT.
import { readConfig } from "./settings/config.js";
import { startService } from "./start.js";
import { startWorkers } from "./start-workers.js";
import { describeService } from "./welcome.js";

// From the beginning, so that a signal during the start does not interrupt the making of a database.
// Signals after the first change nothing: Ctrl-C in a terminal reaches the program twice under npm.
const stopRequested = new Promise<void>((resolve) => {
  process.on("SIGTERM", () => resolve());
  process.on("SIGINT", () => resolve());
});

try {
  const config = readConfig(process.env);
  const service = await (config.workers === 1 ? startService(config) : startWorkers(config));
  console.log(await describeService(service, config));
  await stopRequested;
  console.log("stopping: no new calls, those under way may finish");
  const { cutCallCount } = await service.stop();
  console.log(cutCallCount === 0 ? "stopped" : `stopped; ${cutCallCount} calls were cut off`);
  process.exit(0);
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(`user service: ${reason.replaceAll("\n", " ")}`);
  process.exit(1);
}
