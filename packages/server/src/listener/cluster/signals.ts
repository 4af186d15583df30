// What signals to the primary process do: SIGTERM and SIGINT end all, SIGHUP restarts the workers.
import { shutdownOnSignals } from "../shutdown/signals.js";
import type { AllCoresPlan } from "./options.js";
import type { Primary } from "./primary.js";

/** Heeds signals until all has ended. */
export function heedSignals(primary: Primary, { shutdown, exit, log }: AllCoresPlan): void {
  shutdownOnSignals(primary, { ...shutdown, exit });
  const restart = (): void => {
    try {
      primary.restart().catch((error: unknown) => log.error("a restart has failed", { error }));
    } catch (error) {
      log.warn("a restart was asked for in vain", { error });
    }
  };
  process.on("SIGHUP", restart);
  const release = (): void => void process.off("SIGHUP", restart);
  primary.ended.then(release, release);
}
