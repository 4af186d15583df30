// The benchmark's contract as nice-grpc takes it: grpc-js's definition with method names in camel case.
import { loadBenchService } from "../grpc-js/contract.js";

// biome-ignore lint/suspicious/noExplicitAny: the definition is loaded at run time.
type LoadedDefinition = any;

export function loadBenchDefinition(): LoadedDefinition {
  const methods = Object.entries(loadBenchService().service);
  return Object.fromEntries(
    methods.map(([name, method]) => [name.charAt(0).toLowerCase() + name.slice(1), method]),
  );
}
