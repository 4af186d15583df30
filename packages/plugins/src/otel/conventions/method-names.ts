// What methods are called in metrics and spans: strangers cannot make up names without end.
import type { DescMethod } from "@bufbuild/protobuf";

/** What is recorded of a method. */
export interface MethodName {
  /** `package.Service/Method`; `other` for one that nobody knows. */
  readonly grpc: string;
  /** The same; `_OTHER` for one that nobody knows. */
  readonly rpc: string;
  /** `package.Service.Method`, to follow `Sent.`, `Attempt.` or `Recv.`. */
  readonly dotted: string;
  /** Whether the path itself is recorded. */
  readonly isKnown: boolean;
}

const other: MethodName = { grpc: "other", rpc: "_OTHER", dotted: "other", isKnown: false };

/** How many names of methods that no contract has are recorded, whatever a filter lets pass. */
const maxGenericNames = 1000;

/** Whether a client has made up the method from its path, so that no contract has it. */
export function isGeneric({ parent }: DescMethod): boolean {
  return parent.file === undefined;
}

/** The names of methods, each made once. */
export class MethodNames {
  readonly #registered = new Map<string, MethodName>();
  readonly #generic = new Map<string, MethodName>();
  readonly #filter: ((method: string) => boolean) | undefined;

  /** @param filter says which methods that no contract has are recorded by their names. */
  constructor(filter: ((method: string) => boolean) | undefined) {
    this.#filter = filter;
  }

  /** @param isRegistered whether a contract has it, so that there are only so many. */
  of(path: string, isRegistered: boolean): MethodName {
    if (!isRegistered) return this.#ofGeneric(path);
    return this.#registered.get(path) ?? remember(this.#registered, path);
  }

  #ofGeneric(path: string): MethodName {
    const found = this.#generic.get(path);
    if (found !== undefined) return found;
    if (this.#generic.size >= maxGenericNames || this.#filter?.(path.slice(1)) !== true) {
      return other;
    }
    return remember(this.#generic, path);
  }
}

function remember(names: Map<string, MethodName>, path: string): MethodName {
  const name = path.slice(1);
  const made = { grpc: name, rpc: name, dotted: name.replace("/", "."), isKnown: true };
  names.set(path, made);
  return made;
}
