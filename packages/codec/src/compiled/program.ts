// A function in the making: its source text and the constants that the text refers to by name.

/** Collects what the generated function of one message type needs from outside. */
export class Program {
  readonly #constants: unknown[] = [];
  readonly #names = new Map<unknown, string>();

  /** Makes `value` known to the generated function. @returns the name it has there */
  constant(value: unknown): string {
    let name = this.#names.get(value);
    if (name === undefined) {
      name = `k${this.#constants.length}`;
      this.#constants.push(value);
      this.#names.set(value, name);
    }
    return name;
  }

  /**
   * Turns the body into a function. `runtime` is an object whose members the text may name; all
   * names and texts that come from a descriptor are in the text as JSON string literals only.
   */
  link<F>(runtime: object, parameters: string, body: string): F {
    const names = this.#constants.map((_, index) => `k${index}`).join(",");
    const source = `"use strict";
const {${Object.keys(runtime).join(",")}} = runtime;
const [${names}] = constants;
return function(${parameters}) {
${body}
};`;
    return new Function("runtime", "constants", source)(runtime, this.#constants) as F;
  }
}

/** A string literal, safe in generated code. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
