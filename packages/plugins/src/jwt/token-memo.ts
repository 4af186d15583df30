// What tokens were found to be worth: a bounded number of them, those used last.

/** Characters that all texts together may have; as much again may be on its way out. */
const mostCharacters = 8_388_608;

/** How much of a text's end finds it: 96 bits of a token's signature, which no two good tokens share. */
const endLength = 16;

interface Entry<V> {
  readonly text: string;
  readonly value: V;
}

/**
 * A map whose entries are let go in two steps: when the young half is full it becomes the old one, and what is asked for
 * there is young again. Finding one costs one look-up, and nothing is moved for it.
 *
 * The whole text counts, but its end is looked up: hashing all of a token that a proxy sends anew with each call would cost more than
 * the rest of the call's authentication. Of texts with the same end the last one is remembered.
 */
export class TokenMemo<V> {
  readonly #half: number;
  readonly #keepsOld: boolean;
  #young = new Map<string, Entry<V>>();
  #old = new Map<string, Entry<V>>();
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
    const end = text.slice(-endLength);
    const young = this.#young.get(end);
    if (young !== undefined) return young.text === text ? young.value : undefined;
    const old = this.#old.get(end);
    if (old === undefined || old.text !== text) return undefined;
    this.#put(end, old);
    return old.value;
  }

  /** Adds an entry, or replaces it. */
  add(text: string, value: V): void {
    this.#put(text.slice(-endLength), { text, value });
  }

  #put(end: string, entry: Entry<V>): void {
    this.#old.delete(end);
    if (!this.#young.has(end)) {
      if (this.#young.size >= this.#half || this.#characters >= mostCharacters) this.#age();
    }
    this.#characters += entry.text.length;
    this.#young.set(end, entry);
  }

  #age(): void {
    this.#old = this.#keepsOld ? this.#young : new Map();
    this.#young = new Map();
    this.#characters = 0;
  }
}
