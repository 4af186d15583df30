// Typed values that interceptors and handlers hand to each other along one call.

/** Names a context value and its type; two keys are never the same, whatever their description. */
export interface ContextKey<T> {
  /** What makes the key this key. */
  readonly symbol: symbol;
  /** What `get` gives when nothing was set. */
  readonly defaultValue: T;
}

/**
 * Creates a key for a context value. Keep it in a module and export it to whoever shares the value.
 * @param defaultValue what `get` gives when nothing was set.
 * @param options `description` shows up when the key is printed.
 * @example
 * const tenant = createContextKey("public", { description: "tenant" });
 * call.context.set(tenant, "acme");
 */
export function createContextKey<T>(
  defaultValue: T,
  options?: { readonly description?: string | undefined },
): ContextKey<T> {
  return { symbol: Symbol(options?.description), defaultValue };
}

/** The context values of one call. Takes no memory for values before the first is set. */
export class ContextValues {
  #values: Map<symbol, unknown> | undefined;

  /** The value of `key`, or the key's default. */
  get<T>(key: ContextKey<T>): T {
    const values = this.#values;
    return values?.has(key.symbol) ? (values.get(key.symbol) as T) : key.defaultValue;
  }

  /** Whether a value was set. */
  has(key: ContextKey<unknown>): boolean {
    return this.#values?.has(key.symbol) ?? false;
  }

  /** Sets the value of `key` for the rest of the call. */
  set<T>(key: ContextKey<T>, value: T): this {
    this.#values ??= new Map();
    this.#values.set(key.symbol, value);
    return this;
  }

  /** Goes back to the key's default. @returns whether a value was set. */
  delete(key: ContextKey<unknown>): boolean {
    return this.#values?.delete(key.symbol) ?? false;
  }
}
