// What tokens were found to be worth: a bounded number of them, those used last, found by their text.

/** Characters that all texts together may have; as much again may be on its way out. */
const mostCharacters = 8_388_608;

/**
 * A map whose entries are let go in two steps: when the young half is full it becomes the old one, and what is asked for
 * there is young again. Finding one costs one look-up, and nothing is moved for it.
 *
 * Texts are kept as they are: HTTP/2 hands over the same string for each call of a connection, whose hash is known, whereas a
 * digest would have to be made anew.
 */
export class TokenMemo<V> {
  readonly #half: number;
  readonly #keepsOld: boolean;
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  #characters = 0;

  /** @param most how many there may be, 1 or more. */
  constructor(most: number) {
    this.#half = Math.max(1, Math.floor(most / 2));
    this.#keepsOld = most >= 2;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  find(text: string): V | undefined {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const old = this.#old.get(text);
    if (old !== undefined) this.add(text, old);
    return old;
  }

  /** Adds an entry, or replaces it. */
  add(text: string, value: V): void {
    this.#old.delete(text);
    if (!this.#young.has(text)) {
      if (this.#young.size >= this.#half || this.#characters >= mostCharacters) this.#age();
      this.#characters += text.length;
    }
    this.#young.set(text, value);
  }

  #age(): void {
    this.#old = this.#keepsOld ? this.#young : new Map();
    this.#young = new Map();
    this.#characters = 0;
  }
}
