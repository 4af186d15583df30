// The deadlines of each clock: one wheel for everybody who goes by it.
import { type Clock, systemClock, type Timer } from "./clock.js";
import { DeadlineWheel, sharedDeadlineWheel, type WheelClock } from "./deadline-wheel.js";

const wheels = new WeakMap<Clock, DeadlineWheel>();

/** The wheel of a clock, the same each time; that of the system's clock is `sharedDeadlineWheel()`. */
export function deadlineWheelOf(clock: Clock): DeadlineWheel {
  if (clock === systemClock) return sharedDeadlineWheel();
  let wheel = wheels.get(clock);
  if (wheel === undefined) {
    wheel = new DeadlineWheel(toWheelClock(clock));
    wheels.set(clock, wheel);
  }
  return wheel;
}

function toWheelClock(clock: Clock): WheelClock {
  return {
    now: () => clock.now(),
    setTimer: (wake, delayMs) => clock.setTimer(delayMs, wake),
    clearTimer: (timer) => (timer as Timer).cancel(),
    holdProcess: (timer, holds) => (timer as Timer).keepAlive(holds),
    // At once: the hands may be moved before anything else happens.
    defer: (action) => action(),
  };
}
