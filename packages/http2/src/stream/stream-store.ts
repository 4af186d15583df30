// Finds streams by id, the one used last without looking it up.
import type { Stream } from "./stream.js";

/** Slots at first; a power of two, as all sizes are. */
const fewestSlots = 16;

/**
 * The live streams of a connection: a table with linear probing, at most half full. A `Map` will not do. When entries
 * come and go it moves to a new table now and then, and V8 keeps a pointer from the old table to the new one; once one of
 * them has been promoted, all that follow survive every scavenge, and the streams of that time with them
 * (decision 0022).
 */
export class StreamStore {
  #slots: (Stream | undefined)[] = new Array(fewestSlots).fill(undefined);
  #size = 0;
  #last: Stream | undefined = undefined;

  get(id: number): Stream | undefined {
    const last = this.#last;
    if (last !== undefined && last.id === id) return last;
    const stream = this.#slots[this.#find(id)];
    if (stream !== undefined) this.#last = stream;
    return stream;
  }

  add(stream: Stream): void {
    this.#size++;
    if (this.#size * 2 > this.#slots.length) this.#resize(this.#slots.length * 2);
    this.#slots[this.#find(stream.id)] = stream;
    this.#last = stream;
  }

  remove(stream: Stream): void {
    if (this.#last === stream) this.#last = undefined;
    const at = this.#find(stream.id);
    if (this.#slots[at] === undefined) return;
    this.#slots[at] = undefined;
    this.#size--;
    if (this.#size === 0 && this.#slots.length > fewestSlots) this.#resize(fewestSlots);
    else this.#closeGap(at);
  }

  /** All of them, the oldest first. */
  values(): Stream[] {
    return this.#slots.filter((stream) => stream !== undefined).sort((a, b) => a.id - b.id);
  }

  /** Empties the store and returns what was in it. */
  clear(): Stream[] {
    const all = this.values();
    this.#slots = new Array(fewestSlots).fill(undefined);
    this.#size = 0;
    this.#last = undefined;
    return all;
  }

  /** The slot of a stream, or the free one where it would go. Ids of one side are two apart. */
  #find(id: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = (id >>> 1) & mask;
    for (let found = slots[at]; found !== undefined && found.id !== id; found = slots[at]) {
      at = (at + 1) & mask;
    }
    return at;
  }

  /** Moves up what would not be found any more across the slot that has become free. */
  #closeGap(free: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let gap = free;
    for (let at = (gap + 1) & mask; slots[at] !== undefined; at = (at + 1) & mask) {
      const stream = slots[at]!;
      const home = (stream.id >>> 1) & mask;
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      slots[gap] = stream;
      slots[at] = undefined;
      gap = at;
    }
  }

  #resize(length: number): void {
    const old = this.#slots;
    this.#slots = new Array(length).fill(undefined);
    for (const stream of old) {
      if (stream !== undefined) this.#slots[this.#find(stream.id)] = stream;
    }
  }
}
