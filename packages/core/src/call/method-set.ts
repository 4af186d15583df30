// Methods that are named in options, by descriptor or by path: those that anybody may call, those that are not logged.
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { checkArray } from "../status/option-checks.js";
import { UsageError } from "../status/usage-error.js";
import { methodPath } from "./method-kind.js";

/** A service or method as its descriptor, or as text: `/package.Service/Method`, `/package.Service/*`. */
export type MethodChoice = string | DescService | DescMethod;

/** Methods by their exact paths, and no other; answers are remembered by descriptor, for each call may ask. */
export class MethodSet {
  readonly #paths = new Set<string>();
  readonly #services = new Set<string>();
  readonly #known = new WeakMap<DescMethod, boolean>();

  /**
   * @param option the option that names them, for errors.
   * @throws {UsageError} for what is no array, and for a text that is no path.
   */
  constructor(option: string, choices: readonly MethodChoice[] = []) {
    checkArray(option, choices);
    for (const choice of choices) this.#add(option, choice);
  }

  /** Whether the method, or its service, was named. */
  has(method: DescMethod): boolean {
    const known = this.#known.get(method);
    if (known !== undefined) return known;
    const path = methodPath(method);
    const service = path.slice(1, path.lastIndexOf("/"));
    const has = this.#paths.has(path) || this.#services.has(service);
    this.#known.set(method, has);
    return has;
  }

  /** Whether the method itself was named, and not its service alone. */
  names(method: DescMethod): boolean {
    return this.#paths.has(methodPath(method));
  }

  #add(option: string, choice: MethodChoice): void {
    if (typeof choice !== "string") {
      if (choice.kind === "rpc") this.#paths.add(methodPath(choice));
      else this.#services.add(choice.typeName);
      return;
    }
    const parts = /^\/([^/*]+)\/([^/*]+|\*)$/.exec(choice);
    if (parts === null) {
      throw new UsageError(
        `option ${option} has ${JSON.stringify(choice)}, which is neither /package.Service/Method nor /package.Service/*`,
      );
    }
    if (parts[2] === "*") this.#services.add(parts[1]!);
    else this.#paths.add(choice);
  }
}
