// Builds all foreign peers once, before the test files that share them run beside each other.
import {
  prepareEnvoy,
  prepareGrpcurl,
  prepareHealthProbe,
  prepareOfficialGo,
  preparePython,
} from "./toolchains.js";

/** Vitest's hook: what it throws ends the run. */
export async function setup(): Promise<void> {
  await prepareOfficialGo();
  await preparePython();
  await prepareGrpcurl();
  await prepareHealthProbe();
  await prepareEnvoy();
}
