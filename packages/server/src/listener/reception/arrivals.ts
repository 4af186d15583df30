// The sockets of one listener: all that are open, and those that have not said yet what they speak.
import type { Socket } from "node:net";

/** Sockets from the moment they are accepted. */
export class Arrivals {
  readonly #open = new Set<Socket>();
  readonly #undecided = new Set<Socket>();
  readonly #waiting: { readonly isDone: () => boolean; readonly resolve: () => void }[] = [];
  #begun = 0;

  /** Sockets that are open. */
  get size(): number {
    return this.#open.size;
  }

  /** A socket was accepted. Under TLS, the one below. */
  add(socket: Socket): void {
    this.#open.add(socket);
    socket.on("close", () => {
      this.#open.delete(socket);
      this.#undecided.delete(socket);
      this.#check();
    });
  }

  /** It is being found out what a socket speaks. */
  sniffing(socket: Socket): void {
    this.#undecided.add(socket);
  }

  /** It is known what a socket speaks, or that it gets no further. Under TLS, the socket above. */
  begun(socket: Socket): void {
    this.#undecided.delete(socket);
    if (socket.destroyed) return;
    this.#begun++;
    socket.on("close", () => {
      this.#begun--;
      this.#check();
    });
    this.#check();
  }

  /** Settles when each socket that is open has begun to speak HTTP; undefined: they have. */
  whenDecided(): Promise<void> | undefined {
    if (this.#open.size <= this.#begun) return undefined;
    return this.#when(() => this.#open.size <= this.#begun);
  }

  /** Settles when none is open. */
  whenEmpty(): Promise<void> {
    return this.#when(() => this.#open.size === 0);
  }

  /** Cuts off those of which it is not known what they speak. */
  destroyUndecided(): void {
    for (const socket of this.#undecided) socket.destroy();
  }

  /** Cuts off all. */
  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #when(isDone: () => boolean): Promise<void> {
    if (isDone()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isDone, resolve }));
  }

  #check(): void {
    for (const one of this.#waiting.splice(0)) {
      if (one.isDone()) one.resolve();
      else this.#waiting.push(one);
    }
  }
}
