// The loop between a Duplex and its Connection: flushes, back-pressure both ways, timers, the end.
import type { Connection } from "../contract.js";
import type { ByteStream } from "./byte-stream.js";
import { attachReceiver } from "./connect-socket.js";

/** From this much on, output does not wait for the end of the turn. */
const flushAtBytes = 65_536;
/** How long the peer has to close after us. */
const lingerMs = 1000;
/** Longer delays make a timer of Node.js fire at once. */
const longestTimerMs = 2 ** 31 - 1;
/**
 * After the connection has ended, this much of the peer's is still read and dropped, so that GOAWAY is not
 * overtaken by RST: more than the buffers of both kernels hold while reading is paused.
 */
const discardLimitBytes = 8_388_608;

/** One binding; everything it needs to know is a field, so that an idle one is small. */
export class DuplexBinding {
  readonly #duplex: ByteStream;
  /** Set before anything happens. */
  #connection!: Connection;
  #isScheduled = false;
  /** `write` has returned false and `drain` has not come yet. */
  #isBlocked = false;
  #isFlushing = false;
  #isPaused = false;
  #isEnding = false;
  #isLingering = false;
  #discarded = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #timerAtMs = 0;
  #hasTurn = false;
  readonly #flushSoon = (): void => {
    this.#isScheduled = false;
    // What the next turn brings goes out together with this.
    if (!this.#hasTurn) this.#flush();
  };
  readonly #takeTurn = (): void => {
    this.#hasTurn = false;
    this.#proceed(this.#connection);
    this.#resumeReading();
  };

  constructor(duplex: ByteStream) {
    this.#duplex = duplex;
  }

  start(connection: Connection, firstBytes: Uint8Array | undefined): void {
    this.#connection = connection;
    const duplex = this.#duplex;
    duplex.on("error", (error: Error) => this.#transportEnded(error));
    duplex.on("close", () => this.#closed());
    duplex.on("end", () => this.#transportEnded(undefined));
    duplex.on("drain", () => this.#drained());
    if (duplex.destroyed) {
      // Nobody can be told before the caller has its connection.
      queueMicrotask(() => this.#transportEnded(undefined));
      return;
    }
    if (firstBytes === undefined || firstBytes.length === 0) {
      attachReceiver(duplex, (bytes) => this.#received(bytes));
    } else this.#receiveAfter(firstBytes);
    this.#schedule();
  }

  /** Deno and streams with several chunks in store emit the next ones before any microtask runs. */
  #receiveAfter(firstBytes: Uint8Array): void {
    let first: Uint8Array | undefined = firstBytes.slice();
    const receiveFirst = (): void => {
      const bytes = first;
      first = undefined;
      if (bytes !== undefined) this.#received(bytes);
    };
    attachReceiver(this.#duplex, (bytes) => {
      receiveFirst();
      this.#received(bytes);
    });
    queueMicrotask(receiveFirst);
  }

  /** Output waits that the binding could not know of. */
  outputReady(): void {
    const connection = this.#connection;
    if (connection.isClosed) this.#linger();
    if (connection.pendingBytes >= flushAtBytes && !this.#isBlocked) this.#flush();
    else this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isBlocked) return;
    this.#isScheduled = true;
    setImmediate(this.#flushSoon);
  }

  #received(chunk: Uint8Array): void {
    const connection = this.#connection;
    if (connection.isClosed) {
      this.#discarded += chunk.length;
      if (this.#discarded > discardLimitBytes) this.#duplex.destroy();
      return;
    }
    try {
      connection.receive(chunk, performance.now());
    } catch (error) {
      this.#sinkFailed(error);
    }
    this.#afterInput(connection);
  }

  #afterInput(connection: Connection): void {
    if (connection.isClosed) this.#linger();
    const pending = connection.pendingBytes;
    // The reason for the end goes out at once: what a flood still brings may make us destroy the transport before the turn ends.
    const isDue = pending >= flushAtBytes || connection.isClosed;
    if (isDue && !this.#isBlocked) this.#flush();
    else if (pending > 0 || connection.isClosed) this.#schedule();
    if (connection.isCongested && !this.#isPaused) {
      this.#isPaused = true;
      this.#duplex.pause();
    }
    if (connection.wantsTurn && !this.#hasTurn) {
      this.#hasTurn = true;
      setImmediate(this.#takeTurn);
    }
    this.#armTimer(connection);
  }

  /** A sink threw: that is a fault of ours, and must cost neither the process nor other connections. */
  #sinkFailed(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    process.emitWarning(`a connection's sink threw: ${text}`, { type: "TrunklineWarning" });
    try {
      this.#connection.goAway(0x2, "internal error");
    } catch {
      this.#duplex.destroy();
    }
  }

  #flush(): void {
    const connection = this.#connection;
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    try {
      while (!this.#isBlocked && connection.pendingBytes > 0) this.#write(connection);
    } catch (error) {
      this.#sinkFailed(error);
    } finally {
      this.#isFlushing = false;
    }
    if (connection.isClosed && connection.pendingBytes === 0) this.#finish();
    else this.#armTimer(connection);
    this.#resumeReading();
  }

  #resumeReading(): void {
    if (!this.#isPaused || this.#connection.isCongested) return;
    this.#isPaused = false;
    this.#duplex.resume();
  }

  #write(connection: Connection): void {
    const duplex = this.#duplex;
    const chunks = connection.take();
    // Perhaps only a stream had to be told that it may go on.
    if (chunks.length === 0) return;
    if (duplex.destroyed || duplex.writableEnded) {
      connection.release(chunks);
      return;
    }
    const last = chunks.length - 1;
    if (last > 0) duplex.cork();
    for (let i = 0; i < last; i++) duplex.write(chunks[i]!);
    const written = duplex.write(chunks[last]!, () => connection.release(chunks));
    if (last > 0) duplex.uncork();
    if (!written) this.#isBlocked = duplex.writableNeedDrain;
  }

  #drained(): void {
    this.#isBlocked = false;
    this.#flush();
  }

  /** Everything is written: end our side, and do not wait for ever for the other. */
  #finish(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const duplex = this.#duplex;
    this.#linger();
    if (duplex.destroyed) return;
    duplex.end(() => {
      if (duplex.readableEnded) duplex.destroy();
    });
    duplex.resume();
  }

  /** From the end of the connection on, the transport has a second, whatever the peer reads or writes. */
  #linger(): void {
    if (this.#isLingering) return;
    this.#isLingering = true;
    this.#setTimer(lingerMs, () => this.#duplex.destroy());
  }

  #transportEnded(error: Error | undefined): void {
    const connection = this.#connection;
    try {
      connection.receiveEnd(error);
    } catch (thrown) {
      this.#sinkFailed(thrown);
    }
    this.#flush();
    this.#isBlocked = false;
    if (!this.#isEnding) this.#finish();
    else if (this.#duplex.writableFinished) this.#duplex.destroy();
  }

  #closed(): void {
    this.#transportEnded(undefined);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const connection = this.#connection;
    // Nothing can be written any more; let go of what still waits.
    while (connection.pendingBytes > 0) connection.release(connection.take());
  }

  #armTimer(connection: Connection): void {
    if (this.#isLingering) return;
    const at = connection.wakeAt();
    if (at === undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      return;
    }
    // One that rings too early costs less than setting it anew each time.
    if (this.#timer !== undefined && this.#timerAtMs <= at) return;
    this.#timerAtMs = at;
    this.#setTimer(Math.max(0, at - performance.now()), () => this.#wake(connection));
  }

  #setTimer(delayMs: number, action: () => void): void {
    clearTimeout(this.#timer);
    const timer = setTimeout(action, Math.min(delayMs + 1, longestTimerMs));
    // The socket decides whether the process stays alive: one that does not must not be held by its keepalive.
    timer.unref?.();
    this.#timer = timer;
  }

  #wake(connection: Connection): void {
    this.#timer = undefined;
    this.#proceed(connection);
  }

  /** Time has passed, or others had their turn. */
  #proceed(connection: Connection): void {
    try {
      connection.wake(performance.now());
    } catch (error) {
      this.#sinkFailed(error);
    }
    this.#afterInput(connection);
  }
}
