// Those who watch the streams of one server or channel: each is told, and none can do any harm.
import type { ObservedMessage, StreamRecord } from "./call-record.js";
import type { Log } from "./log-port.js";

/**
 * What happens between the begin and the end of a stream. An observer that lacks a method costs nothing for it; one
 * that has `messageSent` or `messageReceived` has messages encoded into bytes of their own, which takes longer.
 */
export interface StreamObserver<R extends StreamRecord> {
  /** The response's head was sent, on a client received; does not happen where trailers are all of a response. */
  responseStarted?(record: R): void;
  /** A message was handed to the connection; `record.sentMessages` counts it already. */
  messageSent?(record: R, message: ObservedMessage): void;
  /** A message was received and decoded; `record.receivedMessages` counts it already. */
  messageReceived?(record: R, message: ObservedMessage): void;
  /** The client sends no more requests; does not happen when the stream ends before that. */
  requestsEnded?(record: R): void;
}

/** Observers that are there from the start, and listen at times. */
export interface StandbyObserver {
  /** Whether it listens now. */
  readonly isActive: boolean;
}

/** Milliseconds of a clock that never jumps, with fractions. */
export type PreciseClock = () => number;

/**
 * The clock of `performance.now()`, read by other means where there are any: on Node.js 20 that function, called for each call, has
 * garbage survive until the heap is marked, which costs a server more than all the rest of being observed.
 */
function createClock(): PreciseClock {
  const { hrtime } =
    (globalThis as { process?: { hrtime?: () => readonly [number, number] } }).process ?? {};
  if (hrtime === undefined) return () => performance.now();
  const read = (): number => {
    const time = hrtime();
    return time[0] * 1e3 + time[1] / 1e6;
  };
  const offset = performance.now() - read();
  return () => read() + offset;
}

const performanceClock: PreciseClock = /*@__PURE__*/ createClock();

/**
 * The observers of one server or channel. What they throw is logged, once for each of them, and otherwise has no
 * effect; they are called in the order in which they were added.
 */
export class StreamObservers<R extends StreamRecord, O extends StreamObserver<R>> {
  /** Replaced, never changed; the one on standby is among them. */
  protected observers: readonly O[];
  private hasOthers = false;
  private readonly standby: (O & StandbyObserver) | undefined;
  /** Whether anybody wants to hear of single messages. */
  hearsMessages: boolean = false;
  /** What times are told by. */
  readonly now: PreciseClock;
  private readonly log: Log;
  private readonly failed = new Set<O>();

  /** @param standby does not make calls observed while it is not active. */
  constructor(log: Log, standby?: O & StandbyObserver, now: PreciseClock = performanceClock) {
    this.log = log;
    this.now = now;
    this.standby = standby;
    this.observers = standby === undefined ? [] : [standby];
  }

  /** Whether anybody wants to hear of the streams that begin now; else no record is made. */
  get isListening(): boolean {
    return this.hasOthers || this.standby?.isActive === true;
  }

  /** Adds one. */
  add(observer: O): void {
    this.observers = [...this.observers, observer];
    this.hasOthers = true;
    this.hearsMessages ||=
      observer.messageSent !== undefined || observer.messageReceived !== undefined;
  }

  /** See `StreamObserver`. */
  responseStarted(record: R): void {
    for (const one of this.observers) {
      try {
        one.responseStarted?.(record);
      } catch (error) {
        this.hasFailed(one, error);
      }
    }
  }

  /** A message was sent: counts it, and tells those who want to hear of single messages. */
  sent(record: R, message: ObservedMessage): void {
    record.countSent(message.bytes.length, message.wireByteCount);
    if (!this.hearsMessages) return;
    for (const one of this.observers) {
      try {
        one.messageSent?.(record, message);
      } catch (error) {
        this.hasFailed(one, error);
      }
    }
  }

  /** A message was received: as for `sent`. */
  received(record: R, message: ObservedMessage): void {
    record.countReceived(message.bytes.length, message.wireByteCount);
    if (!this.hearsMessages) return;
    for (const one of this.observers) {
      try {
        one.messageReceived?.(record, message);
      } catch (error) {
        this.hasFailed(one, error);
      }
    }
  }

  /** See `StreamObserver`. */
  requestsEnded(record: R): void {
    for (const one of this.observers) {
      try {
        one.requestsEnded?.(record);
      } catch (error) {
        this.hasFailed(one, error);
      }
    }
  }

  /** Says so once: what fails for each call would drown everything else. */
  protected hasFailed(observer: O, error: unknown): void {
    if (this.failed.has(observer)) return;
    this.failed.add(observer);
    try {
      this.log.error("an observer has failed; its further failures are not told", { error });
    } catch {
      // A log that throws must not end a call, either.
    }
  }
}
