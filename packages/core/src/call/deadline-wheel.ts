// One timing wheel for the deadlines of all calls, so that a call costs no timer of its own.
import { UsageError } from "../status/usage-error.js";
import { nowMs } from "./clock.js";

// Ten rings of 32 slots, like the digits of a number in base 32: a slot of ring 0 is 1 ms wide, one of
// ring 1 is 32 ms wide, and so on up to 32^9 ms; the whole wheel spans 32^10 ms, some 35,000 years.
// An entry waits in a coarse slot and moves to finer rings when the clock reaches the slot's beginning,
// so that in the end it is exact to 1 ms.
const slotsPerRing = 32;
const ringBits = 5;
const ringCount = 10;
const spans: readonly number[] = Array.from({ length: ringCount + 1 }, (_, ring) => 32 ** ring);
const maxSpan = spans[ringCount]! - spans[ringCount - 1]!;

// setTimeout counts in int32; a longer delay would fire at once.
const maxTimerMs = 2 ** 31 - 1;
const notQueued = -1;

/**
 * Something with a deadline. Extend it, so that the wheel needs no object of its own for each call; or
 * create one and override `expired`.
 */
export abstract class DeadlineEntry {
  /** Set by the wheel: when the entry expires, in ms since 1970. Meaningless while it is not queued. */
  deadlineAt: number = 0;
  /** The wheel's own: neighbours in the slot's list, and the slot; -1 while not queued. */
  nextInSlot: DeadlineEntry | undefined = undefined;
  /** The wheel's own. */
  previousInSlot: DeadlineEntry | undefined = undefined;
  /** The wheel's own. */
  wheelSlot: number = notQueued;

  /** The deadline has passed; the entry has been removed. Must not throw. */
  abstract expired(): void;
}

/** Where the wheel gets its time from; tests bring their own. */
export interface WheelClock {
  /** Milliseconds since 1970; must not go back. */
  now(): number;
  /** Calls `wake` once after `delayMs` (1 to 2^31 - 1); a little early does no harm. */
  setTimer(wake: () => void, delayMs: number): unknown;
  /** Takes back what `setTimer` returned. */
  clearTimer(timer: unknown): void;
  /** Whether the timer keeps the process alive; it does when it is set. */
  holdProcess(timer: unknown, holds: boolean): void;
  /** Calls `action` once when the present turn's synchronous work is done. */
  defer(action: () => void): void;
}

const systemClock: WheelClock = {
  now: nowMs,
  setTimer: (wake, delayMs) => setTimeout(wake, delayMs),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
  holdProcess: holdProcess,
  defer: (action) => queueMicrotask(action),
};

// Browsers have no `ref`: there, no timer keeps anything alive.
function holdProcess(timer: unknown, holds: boolean): void {
  const { ref, unref } = timer as Partial<NodeJS.Timeout>;
  (holds ? ref : unref)?.call(timer as NodeJS.Timeout);
}

/**
 * All deadlines of a process, or of a test. Adding and removing take some 20 ns; there is at most one
 * timer. Entries never expire early, and at most a few milliseconds late while the event loop is free.
 * While an entry waits, the process stays alive. When the last one has gone, the timer no longer keeps
 * it alive, and goes away when it fires: setting and clearing one for each call, where calls come one at
 * a time, would cost more than all the rest.
 */
export class DeadlineWheel {
  readonly #clock: WheelClock;
  readonly #slots: (DeadlineEntry | undefined)[] = new Array(ringCount * slotsPerRing).fill(
    undefined,
  );
  /** Per ring one bit for each slot that has entries. */
  readonly #occupied: Int32Array = new Int32Array(ringCount);
  readonly #origin: number;
  readonly #settle: () => void = () => this.#settleTimer();
  readonly #wake: () => void = () => this.#timerFired();
  /** The tick up to which everything has expired; ticks are whole ms since `#origin`. */
  #tick = 0;
  #size = 0;
  #timer: unknown;
  #timerTick = Number.POSITIVE_INFINITY;
  #isSettling = false;
  #isHolding = false;

  /** @param clock default: the system's. */
  constructor(clock: WheelClock = systemClock) {
    this.#clock = clock;
    this.#origin = Math.floor(clock.now());
  }

  /** The time that deadlines are held against, milliseconds since 1970. */
  now(): number {
    return this.#clock.now();
  }

  /** The number of entries that wait. */
  get size(): number {
    return this.#size;
  }

  /**
   * Queues an entry; one that is queued already moves.
   * @param epochMs when it expires, in milliseconds since 1970 (`nowMs`), fractions allowed. A time
   * that has passed expires on the next turn of the event loop; Infinity never does.
   * @throws {UsageError} when `epochMs` is NaN.
   */
  add(epochMs: number, entry: DeadlineEntry): void {
    if (Number.isNaN(epochMs)) {
      throw new UsageError("a deadline cannot be NaN milliseconds");
    }
    this.remove(entry);
    if (epochMs === Number.POSITIVE_INFINITY) {
      return;
    }
    entry.deadlineAt = epochMs;
    const tick = Math.max(this.#tickOf(epochMs), this.#tick + 1);
    this.#place(entry, tick);
    this.#size++;
    if (tick < this.#timerTick || !this.#isHolding) {
      this.#requestSettle();
    }
  }

  /** Takes an entry out; does nothing when it is not queued. */
  remove(entry: DeadlineEntry): void {
    if (entry.wheelSlot === notQueued) {
      return;
    }
    this.#unlink(entry);
    this.#size--;
    if (this.#size === 0) {
      this.#requestSettle();
    }
  }

  // Rounded up, so that no entry expires before its time.
  #tickOf(epochMs: number): number {
    return Math.ceil(epochMs - this.#origin);
  }

  #place(entry: DeadlineEntry, tick: number): void {
    const reach = Math.min(tick - this.#tick, maxSpan);
    let ring = 0;
    while (reach >= spans[ring + 1]!) {
      ring++;
    }
    const at = Math.floor((this.#tick + reach) / spans[ring]!) % slotsPerRing;
    const slot = (ring << ringBits) + at;
    const head = this.#slots[slot];
    entry.wheelSlot = slot;
    entry.nextInSlot = head;
    entry.previousInSlot = undefined;
    if (head !== undefined) {
      head.previousInSlot = entry;
    }
    this.#slots[slot] = entry;
    this.#occupied[ring]! |= 1 << at;
  }

  #unlink(entry: DeadlineEntry): void {
    const { nextInSlot: next, previousInSlot: previous, wheelSlot: slot } = entry;
    if (next !== undefined) {
      next.previousInSlot = previous;
    }
    if (previous !== undefined) {
      previous.nextInSlot = next;
    } else {
      this.#slots[slot] = next;
      if (next === undefined) {
        this.#occupied[slot >> ringBits]! &= ~(1 << (slot & (slotsPerRing - 1)));
      }
    }
    entry.nextInSlot = undefined;
    entry.previousInSlot = undefined;
    entry.wheelSlot = notQueued;
  }

  /** The first tick after `#tick` at which a slot with entries begins; Infinity when all are empty. */
  #nextTick(): number {
    let next = Number.POSITIVE_INFINITY;
    for (let ring = 0; ring < ringCount; ring++) {
      const bits = this.#occupied[ring]!;
      if (bits !== 0) {
        const lap = Math.floor(this.#tick / spans[ring]!);
        next = Math.min(next, (lap + slotsUntil(bits, lap % slotsPerRing)) * spans[ring]!);
      }
    }
    return next;
  }

  /** Moves the wheel to the present and expires what is due. */
  #advance(): void {
    const target = this.#tickNow();
    for (let next = this.#nextTick(); next <= target; next = this.#nextTick()) {
      this.#tick = next;
      this.#refine();
      this.#expire();
    }
    this.#tick = Math.max(this.#tick, target);
  }

  /** Moves the entries of all coarse slots that begin at `#tick` to finer rings, the coarsest first. */
  #refine(): void {
    for (let ring = ringCount - 1; ring > 0; ring--) {
      if (this.#tick % spans[ring]! === 0) {
        const slot = (ring << ringBits) + ((this.#tick / spans[ring]!) % slotsPerRing);
        this.#refineSlot(slot);
      }
    }
  }

  // The whole list is cut off at once: its entries go to other slots one by one.
  #refineSlot(slot: number): void {
    let entry = this.#slots[slot];
    this.#slots[slot] = undefined;
    this.#occupied[slot >> ringBits]! &= ~(1 << (slot & (slotsPerRing - 1)));
    while (entry !== undefined) {
      const next: DeadlineEntry | undefined = entry.nextInSlot;
      this.#place(entry, Math.max(this.#tickOf(entry.deadlineAt), this.#tick));
      entry = next;
    }
  }

  #expire(): void {
    const slot = this.#tick & (slotsPerRing - 1);
    for (let entry = this.#slots[slot]; entry !== undefined; entry = this.#slots[slot]) {
      this.#unlink(entry);
      this.#size--;
      expireSafely(entry);
    }
  }

  // At most once a turn: calls that begin and end in the same turn never touch a timer.
  #requestSettle(): void {
    if (!this.#isSettling) {
      this.#isSettling = true;
      this.#clock.defer(this.#settle);
    }
  }

  #settleTimer(): void {
    this.#isSettling = false;
    if (this.#size === 0) {
      // So that the next entry finds its ring by the time it has left, not by how long we were idle.
      this.#tick = Math.max(this.#tick, this.#tickNow());
      this.#hold(false);
      return;
    }
    const next = this.#nextTick();
    if (next < this.#timerTick) {
      this.#setTimer(next);
    }
    this.#hold(true);
  }

  #setTimer(tick: number): void {
    if (this.#timer !== undefined) {
      this.#clock.clearTimer(this.#timer);
    }
    const delay = Math.ceil(this.#origin + tick - this.#clock.now());
    this.#timer = this.#clock.setTimer(this.#wake, Math.min(Math.max(delay, 1), maxTimerMs));
    this.#timerTick = tick;
    this.#isHolding = true;
  }

  #hold(holds: boolean): void {
    if (this.#isHolding !== holds && this.#timer !== undefined) {
      this.#clock.holdProcess(this.#timer, holds);
    }
    this.#isHolding = holds;
  }

  #tickNow(): number {
    return Math.floor(this.#clock.now() - this.#origin);
  }

  #timerFired(): void {
    this.#timer = undefined;
    this.#timerTick = Number.POSITIVE_INFINITY;
    this.#advance();
    this.#settleTimer();
  }
}

/** How many slots after `at`, 1 to 32, the first slot comes that has its bit set. */
function slotsUntil(bits: number, at: number): number {
  const shift = (at + 1) % slotsPerRing;
  const rotated = shift === 0 ? bits : (bits >>> shift) | (bits << (slotsPerRing - shift));
  return 32 - Math.clz32(rotated & -rotated);
}

// One entry that breaks its promise not to throw must not cost the others their deadline.
function expireSafely(entry: DeadlineEntry): void {
  try {
    entry.expired();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

let shared: DeadlineWheel | undefined;

/** The wheel of this process, made when it is first asked for. */
export function sharedDeadlineWheel(): DeadlineWheel {
  shared ??= new DeadlineWheel();
  return shared;
}
