// TLS settings that can be replaced while they are in use: connections that are open stay, new ones get the new settings.

/**
 * Whoever uses the settings and must be able to: throws when `next` cannot be used, and then nothing is replaced anywhere.
 * @returns what puts `next` into use; called when everybody has agreed.
 */
export type TlsAdopter<C> = (next: C) => (() => void) | undefined;

/** Credentials whose certificates, keys, CAs and revocation lists can be replaced while they are in use. */
export class ReloadableTls<C, O extends object> {
  /** Tells TLS from plaintext. */
  readonly kind = "tls";
  readonly #create: (options: O) => C;
  readonly #adopters = new Set<TlsAdopter<C>>();
  #options: O;
  #current: C;

  /** @param create makes settings of options, and throws when they cannot be used. */
  constructor(options: O, create: (options: O) => C) {
    this.#create = create;
    this.#options = options;
    this.#current = create(options);
  }

  /** What the next handshake uses. */
  get current(): C {
    return this.#current;
  }

  /**
   * Replaces what `changes` names, from the next handshake on; what it does not name stays, what is undefined is taken
   * away. Connections that are open, and handshakes that have begun, go on with what they began with.
   * @throws {UsageError} when the outcome cannot be used, a key for instance that does not belong to the certificate: then
   * everything stays as it was.
   */
  update(changes: Partial<O>): void {
    const options = { ...this.#options, ...changes };
    const next = this.#create(options);
    const commits = [...this.#adopters].map((adopt) => adopt(next));
    this.#options = options;
    this.#current = next;
    for (const commit of commits) commit?.();
  }

  /**
   * For those who use the credentials: `adopter` is asked before each change.
   * @returns what ends that.
   */
  adopt(adopter: TlsAdopter<C>): () => void {
    this.#adopters.add(adopter);
    return () => this.#adopters.delete(adopter);
  }
}

/** What all credentials that can be replaced have, whichever copy of the package they come from. */
export interface Reloadable<C> {
  /** What the next handshake uses. */
  readonly current: C;
  /** See `ReloadableTls`. */
  adopt(adopter: TlsAdopter<C>): () => void;
}

/** Whether credentials can be replaced while they are in use. */
export function isReloadable<C extends object>(
  credentials: C,
): credentials is Extract<C, { readonly adopt: unknown }> {
  return "adopt" in credentials;
}

/** The settings in force, whether they can be replaced or not. */
export function tlsInForce<C extends object, O extends object>(
  credentials: C | ReloadableTls<C, O>,
): C {
  return "adopt" in credentials ? (credentials as ReloadableTls<C, O>).current : credentials;
}
