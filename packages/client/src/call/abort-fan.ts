// One listener for each AbortSignal, however many calls hang on it.

/** What hangs on a signal. */
export interface Abortable {
  /** The signal was aborted; called once at most. */
  aborted(reason: unknown): void;
}

// A listener for each call would cost a microsecond, and warn of a leak from the eleventh on.
class SignalFan {
  readonly members = new Set<Abortable>();

  handleEvent(event: Event): void {
    const signal = event.target as AbortSignal;
    fans.delete(signal);
    for (const member of this.members) {
      member.aborted(signal.reason);
    }
  }
}

const fans = new WeakMap<AbortSignal, SignalFan>();

/** From now on `member` hears when the signal is aborted. The signal must not be aborted yet. */
export function joinSignal(signal: AbortSignal, member: Abortable): void {
  let fan = fans.get(signal);
  if (fan === undefined) {
    fan = new SignalFan();
    fans.set(signal, fan);
    signal.addEventListener("abort", fan, { once: true });
  }
  fan.members.add(member);
}

/** Takes `member` off; the last one takes the listener along. */
export function leaveSignal(signal: AbortSignal, member: Abortable): void {
  const fan = fans.get(signal);
  if (fan?.members.delete(member) && fan.members.size === 0) {
    fans.delete(signal);
    signal.removeEventListener("abort", fan);
  }
}
