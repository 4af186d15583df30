// The meters of one connection that tell a flood from use: plain numbers, nothing per frame.

/** See flow/allowance for what a `...PaidUpMs` is. */
export class Meters {
  glitchesPaidUpMs = 0;
  errorResetsPaidUpMs = 0;
  settingsPaidUpMs = 0;
  emptyDataPaidUpMs = 0;
  pingsPaidUpMs = 0;
  /** `stats.streamsOpened` when glitches were last paid for. */
  streamsAtGlitch = 0;
  /** When the peer's latest PING came, and what had been sent to it by then. */
  lastPingMs: number = Number.NEGATIVE_INFINITY;
  sentAtPing = 0;
  /** Where the present sample of ended streams began, and the premature resets in it. */
  endedAtSampleStart = 0;
  prematureInSample = 0;
  /** Frames for streams that were reset here, since one of them was last asked about. */
  lateFrames = 0;
}

/** Whether queued DATA moves; see floods/stalled-data. */
export class StallWatch {
  /** More than `maxStalledBytes` were queued since `sinceMs`, when `sentBytes` had been sent. */
  isWatched = false;
  sinceMs = 0;
  sentBytes = 0;
  /** What had been sent when `timers.writeStall` was set. */
  sentAtWrite = 0;
}
