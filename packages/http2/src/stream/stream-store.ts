// Finds streams by id, the one used last without looking it up.
import type { Stream } from "./stream.js";

/** The live streams of a connection. */
export class StreamStore {
  readonly #byId: Map<number, Stream> = new Map();
  #last: Stream | undefined = undefined;

  get(id: number): Stream | undefined {
    const last = this.#last;
    if (last !== undefined && last.id === id) return last;
    const stream = this.#byId.get(id);
    if (stream !== undefined) this.#last = stream;
    return stream;
  }

  add(stream: Stream): void {
    this.#byId.set(stream.id, stream);
    this.#last = stream;
  }

  remove(stream: Stream): void {
    this.#byId.delete(stream.id);
    if (this.#last === stream) this.#last = undefined;
  }

  values(): IterableIterator<Stream> {
    return this.#byId.values();
  }

  /** Empties the store and returns what was in it. */
  clear(): Stream[] {
    const all = [...this.#byId.values()];
    this.#byId.clear();
    this.#last = undefined;
    return all;
  }
}
