// Two Duplex ends joined in memory: what one writes, the other reads. For tests and in-process calls.
import { Duplex } from "node:stream";

/** One end; holds at most one write of the other end back until it is read. */
class MemoryEnd extends Duplex {
  /** Set before anybody gets hold of one of the two. */
  peer!: MemoryEnd;
  #resume: (() => void) | undefined = undefined;

  override _read(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.peer.accept(Buffer.from(chunk), done);
  }

  override _final(done: () => void): void {
    const { peer } = this;
    if (!peer.destroyed) peer.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { peer } = this;
    this.#release();
    // The other end learns of it as with a socket: the stream of bytes just ends.
    if (!peer.destroyed && !peer.readableEnded) peer.push(null);
    done(error);
  }

  /** Takes bytes from the other end; `done` is called once they may be followed by more. */
  accept(chunk: Buffer, done: () => void): void {
    if (this.destroyed || this.push(chunk)) done();
    else this.#resume = done;
  }

  #release(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}

/** Creates a pair of connected in-memory streams with the back-pressure of a socket. */
export function createMemoryPair(): [Duplex, Duplex] {
  const left = new MemoryEnd();
  const right = new MemoryEnd();
  left.peer = right;
  right.peer = left;
  return [left, right];
}
