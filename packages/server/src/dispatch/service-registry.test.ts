// Which implementations fit a service, and what is said about those that do not.
import type { DescService } from "@bufbuild/protobuf";
import { ServerReflection } from "@trunkline/core/reflection";
import { expect, test } from "vitest";
import { toMethodLimits } from "./method-options.js";
import { ServiceRegistry } from "./service-registry.js";

const service: DescService = ServerReflection;
const path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

function add(implementation: unknown): ServiceRegistry {
  const registry = new ServiceRegistry({
    interceptors: [],
    formats: [],
    unknownMethod: undefined,
    callScope: undefined,
    methodLimits: toMethodLimits("server option", {}),
  });
  registry.add(service, implementation as object);
  return registry;
}

test("a method is found by its path, bound to its object", () => {
  const implementation = {
    answer: 42,
    serverReflectionInfo() {
      return this.answer;
    },
  };
  class Instance {
    answer = 42;
    serverReflectionInfo(): number {
      return this.answer;
    }
  }
  for (const object of [implementation, new Instance()]) {
    const entry = add(object).find(path);
    expect(entry).toMatchObject({ path, takesOne: false, givesOne: false, chain: undefined });
    expect(entry?.handler(undefined, undefined as never)).toBe(42);
  }
});

test("a service may be added once", () => {
  const registry = add({});
  const { version } = registry;
  expect(() => registry.add(service, {})).toThrow(
    "service grpc.reflection.v1.ServerReflection has been added to this server already",
  );
  expect(registry.version).toBe(version);
  expect(registry.services).toEqual([service]);
});

test.each([
  [
    { serverReflectionInf: () => [] },
    "has no method serverReflectionInf; it has serverReflectionInfo",
  ],
  [{ serverReflectionInfo: 7 }, "must be a function, not number"],
  [undefined, "must be an object, not undefined"],
  [() => [], "must be an object"],
])("an implementation that does not fit is refused: %s", (implementation, message) => {
  expect(() => add(implementation)).toThrow(message);
});

test("nothing is registered when the implementation is refused", () => {
  const registry = new ServiceRegistry({
    interceptors: [],
    formats: [],
    unknownMethod: undefined,
    callScope: undefined,
    methodLimits: toMethodLimits("server option", {}),
  });
  expect(() => registry.add(service, { serverReflectionInfo: 7 } as object)).toThrow();
  registry.add(service, {});
  expect(registry.find(path)).toBeUndefined();
});
