// Methods that are named in options, by descriptor or by path.
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { checkArray, methodPath, UsageError } from "@trunkline/core";

/** A service or method as its descriptor, or as text: `/package.Service/Method`, `/package.Service/*`. */
export type MethodName = string | DescService | DescMethod;

/** Methods by their exact paths. */
export class MethodSet {
  readonly #paths = new Set<string>();
  readonly #services = new Set<string>();

  /** @throws {UsageError} for a text that is no path; `option` is what the methods were named for. */
  constructor(option: string, names: readonly MethodName[]) {
    checkArray(option, names);
    for (const name of names) this.#add(option, name);
  }

  /** Whether the method, or its service, was named. */
  has(method: DescMethod): boolean {
    const path = methodPath(method);
    return this.#paths.has(path) || this.#services.has(path.slice(1, path.lastIndexOf("/")));
  }

  #add(option: string, name: MethodName): void {
    if (typeof name !== "string") {
      if (name.kind === "rpc") this.#paths.add(methodPath(name));
      else this.#services.add(name.typeName);
      return;
    }
    const parts = /^\/([^/*]+)\/([^/*]+|\*)$/.exec(name);
    if (parts === null) {
      throw new UsageError(
        `option ${option} has ${JSON.stringify(name)}, which is neither /package.Service/Method nor /package.Service/*`,
      );
    }
    if (parts[2] === "*") this.#services.add(parts[1]!);
    else this.#paths.add(name);
  }
}
