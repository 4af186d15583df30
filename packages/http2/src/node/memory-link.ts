// Two ends joined in memory without a Duplex: bytes are handed over by reference, in the microtask after they were written.
import type { ByteStream, ByteStreamEvent } from "./byte-stream.js";

/** So much may wait for a reader that has paused. */
const highWaterBytes = 262_144;

type Listener = (value: unknown) => void;
type Done = (error?: Error | null) => void;

/** Bytes on their way, whom to tell when they have been read; without bytes it is the end. */
interface Parcel {
  readonly bytes: Uint8Array | undefined;
  readonly done: Done | undefined;
}

class LinkEnd implements ByteStream {
  destroyed = false;
  closed = false;
  readableEnded = false;
  writableEnded = false;
  writableFinished = false;
  writableNeedDrain = false;
  /** Set before anybody gets hold of one of the two. */
  #peer!: LinkEnd;
  readonly #listeners = new Map<ByteStreamEvent, Listener[]>();
  #onData: Listener | undefined = undefined;
  /** What the other end has written and this one has not read. */
  #inbox: Parcel[] = [];
  #inboxBytes = 0;
  #isScheduled = false;
  #isPaused = false;
  readonly #deliver = (): void => {
    this.#isScheduled = false;
    this.#deliverAll();
  };

  join(peer: LinkEnd): void {
    this.#peer = peer;
  }

  on(event: ByteStreamEvent, listener: Listener): this {
    if (event === "data") {
      this.#onData = listener;
      this.#schedule();
      return this;
    }
    const known = this.#listeners.get(event);
    if (known === undefined) this.#listeners.set(event, [listener]);
    else known.push(listener);
    return this;
  }

  once(event: ByteStreamEvent, listener: Listener): this {
    let isDone = false;
    return this.on(event, (value) => {
      if (isDone) return;
      isDone = true;
      listener(value);
    });
  }

  #emit(event: ByteStreamEvent, value?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(value);
  }

  write(bytes: Uint8Array, done?: Done): boolean {
    const peer = this.#peer;
    if (this.destroyed || this.writableEnded || peer.destroyed) {
      if (done !== undefined) queueMicrotask(done);
      return true;
    }
    const hasRoom = peer.#accept({ bytes, done });
    this.writableNeedDrain = !hasRoom;
    return hasRoom;
  }

  end(done?: () => void): void {
    if (this.writableEnded || this.destroyed) return;
    this.writableEnded = true;
    const finish = (): void => {
      this.writableFinished = true;
      done?.();
      this.#closeWhenOver();
    };
    const peer = this.#peer;
    if (peer.destroyed) queueMicrotask(finish);
    else peer.#accept({ bytes: undefined, done: finish });
  }

  destroy(error?: Error): void {
    if (this.destroyed) return;
    this.destroyed = true;
    const inbox = this.#inbox;
    this.#inbox = [];
    this.#inboxBytes = 0;
    const peer = this.#peer;
    queueMicrotask(() => {
      for (const { done } of inbox) done?.();
      if (error !== undefined) this.#emit("error", error);
      this.closed = true;
      this.#emit("close");
      // As with a socket: the other end sees the bytes end, behind those that are under way.
      if (!peer.destroyed && !this.writableEnded) {
        peer.#accept({ bytes: undefined, done: undefined });
      }
      peer.#drained();
    });
  }

  // Bytes never go out on their own: there is nothing to hold together.
  cork(): void {}
  uncork(): void {}

  pause(): this {
    this.#isPaused = true;
    return this;
  }

  resume(): this {
    this.#isPaused = false;
    this.#schedule();
    return this;
  }

  /** @returns whether more may be written. */
  #accept(parcel: Parcel): boolean {
    this.#inbox.push(parcel);
    this.#inboxBytes += parcel.bytes?.length ?? 0;
    this.#schedule();
    return this.#inboxBytes < highWaterBytes;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isPaused || this.#inbox.length === 0) return;
    this.#isScheduled = true;
    queueMicrotask(this.#deliver);
  }

  #deliverAll(): void {
    while (this.#inbox.length > 0 && !this.#isPaused) {
      const parcels = this.#inbox;
      if (this.#onData === undefined && parcels[0]!.bytes !== undefined) return;
      this.#inbox = [];
      let read = 0;
      // A reader that pauses in between gets the rest when it resumes.
      while (read < parcels.length && !this.#isPaused && !this.destroyed) {
        this.#read(parcels[read++]!);
      }
      const rest = parcels.slice(read);
      if (this.destroyed) for (const { done } of rest) done?.();
      else if (rest.length > 0) this.#inbox = [...rest, ...this.#inbox];
    }
    if (this.#inboxBytes < highWaterBytes) this.#peer.#drained();
  }

  #read({ bytes, done }: Parcel): void {
    if (bytes === undefined) {
      this.readableEnded = true;
      done?.();
      this.#emit("end");
      this.#closeWhenOver();
      return;
    }
    this.#inboxBytes -= bytes.length;
    this.#onData!(bytes);
    done?.();
  }

  #drained(): void {
    if (!this.writableNeedDrain) return;
    this.writableNeedDrain = false;
    if (!this.destroyed) this.#emit("drain");
  }

  #closeWhenOver(): void {
    if (this.readableEnded && this.writableFinished) this.destroy();
  }
}

/**
 * Creates a pair of connected in-memory ends with the back-pressure of a socket, cheaper than
 * `createMemoryPair()`: nothing is copied, and there is no `node:stream` in between. They can be bound to
 * connections; TLS needs a Duplex.
 */
export function createMemoryLink(): [ByteStream, ByteStream] {
  const left = new LinkEnd();
  const right = new LinkEnd();
  left.join(right);
  right.join(left);
  return [left, right];
}
