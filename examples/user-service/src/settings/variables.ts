// Reads single environment variables, each as what it is meant to be; what it cannot be is told by name, value and choice.
import { StartupError } from "../startup-error.js";

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The numbers that are allowed. */
interface Range {
  /** Default 0. */
  readonly min?: number;
  readonly max: number;
}

/** Environment variables. An empty one counts as absent. */
export class Variables {
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** Text of any kind. */
  text(name: string): string | undefined {
    return this.#env[name] || undefined;
  }

  /** Texts with commas between them. */
  list(name: string): readonly string[] {
    const parts = (this.text(name) ?? "").split(",").map((it) => it.trim());
    return parts.filter((it) => it !== "");
  }

  /** @throws {StartupError} when it is none of the choices. */
  choice<C extends string>(name: string, choices: readonly C[], byDefault: C): C {
    const text = this.text(name) ?? byDefault;
    const found = choices.find((it) => it === text);
    if (found !== undefined) return found;
    const last = choices.at(-1);
    throw new StartupError(
      `${name} must be ${choices.slice(0, -1).join(", ")} or ${last}, not "${text}"`,
    );
  }

  /** `on` or `off`. */
  flag(name: string, byDefault: "on" | "off"): boolean {
    return this.choice(name, ["on", "off"], byDefault) === "on";
  }

  /** @throws {StartupError} when it is no whole number from `min` to `max`. */
  integer(name: string, range: Range): number | undefined {
    return this.#integer(name, range, "");
  }

  /** @throws {StartupError} when it is neither a whole number from `min` to `max` nor the word. */
  integerOr<W extends string>(word: W, name: string, range: Range): number | W | undefined {
    return this.text(name) === word ? word : this.#integer(name, range, ` or ${word}`);
  }

  /** @throws {StartupError} when it is no URL of one of these schemes. */
  url(name: string, schemes: readonly string[]): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1))) return text;
    // Not the value: URLs have passwords in them.
    throw new StartupError(`${name} must be a URL that begins with ${schemes.join(":// or ")}://`);
  }

  /** What the variables say together is no sense. */
  refuse(problem: string): never {
    throw new StartupError(problem);
  }

  #integer(name: string, { min = 0, max }: Range, or: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= min && value <= max) return value;
    throw new StartupError(
      `${name} must be a whole number from ${min} to ${max}${or}, not "${text}"`,
    );
  }
}
