// A choice of methods, those that anybody may call for instance: those that were named, and no other.
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { methodPath, UsageError } from "@trunkline/core";

/** A service or method as its descriptor, or as text: `/package.Service/Method`, `/package.Service/*`. */
export type MethodChoice = string | DescService | DescMethod;

/** Methods by their exact paths; answers are remembered by descriptor, for each call asks. */
export class PublicMethods {
  readonly #paths = new Set<string>();
  readonly #services = new Set<string>();
  readonly #known = new WeakMap<DescMethod, boolean>();

  /**
   * @param what they are called that in errors.
   * @throws {UsageError} for a text that is no path.
   */
  constructor(choices: readonly MethodChoice[], what = "public method") {
    for (const choice of choices) this.#add(choice, what);
  }

  has(method: DescMethod): boolean {
    const known = this.#known.get(method);
    if (known !== undefined) return known;
    const path = methodPath(method);
    const service = path.slice(1, path.lastIndexOf("/"));
    const isPublic = this.#paths.has(path) || this.#services.has(service);
    this.#known.set(method, isPublic);
    return isPublic;
  }

  /** Whether the method itself was named, and not its service alone. */
  names(method: DescMethod): boolean {
    return this.#paths.has(methodPath(method));
  }

  #add(choice: MethodChoice, what: string): void {
    if (typeof choice !== "string") {
      choice.kind === "rpc"
        ? this.#paths.add(methodPath(choice))
        : this.#services.add(choice.typeName);
      return;
    }
    const parts = /^\/([^/*]+)\/([^/*]+|\*)$/.exec(choice);
    if (parts === null) {
      throw new UsageError(
        `${what} ${JSON.stringify(choice)} is neither /package.Service/Method nor /package.Service/*`,
      );
    }
    parts[2] === "*" ? this.#services.add(parts[1]!) : this.#paths.add(choice);
  }
}
