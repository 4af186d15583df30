// What `Server.shutdown` has to say when it is done: how long each step took, and what was cut off.

/** A call that was cut off because it had not finished in time. */
export interface CutCall {
  /** The path of its method, for example `/acme.v1.UserService/GetUser`. */
  readonly method: string;
  /** The client, as `call.peer.address` has it. */
  readonly peer: string;
  /** How long the call had lasted, in milliseconds. */
  readonly ageMs: number;
  /** How it ended for its handler: `CANCELLED`, as its signal says. Clients see UNAVAILABLE: their connection has ended. */
  readonly status: string;
}

/** What one hook did. */
export interface HookReport {
  /** Its name. */
  readonly name: string;
  /** Before clients were told to leave, or after the last of them had left. */
  readonly when: "before" | "after";
  /** How long it was waited for, in milliseconds. */
  readonly durationMs: number;
  /** `timed out`: it was not waited for any longer than its `timeoutMs`, or than the server could wait. */
  readonly outcome: "done" | "failed" | "timed out";
  /** What it threw; undefined unless it has failed. */
  readonly error: unknown;
}

/** How long each step took, in milliseconds, in this order; 0 for a step that there was no need of. */
export interface ShutdownPhases {
  /** Health says NOT_SERVING, and everything goes on as before (`lameDuckMs`). */
  readonly lameDuckMs: number;
  /** The hooks of `before`. */
  readonly beforeMs: number;
  /** No connection is accepted any more, and those that have just come begin. */
  readonly settleMs: number;
  /** Clients have been told to leave (GOAWAY), and calls finish. */
  readonly drainMs: number;
  /** What was left after `graceMs` was cut off. */
  readonly forceMs: number;
  /** Sockets close. */
  readonly closeMs: number;
  /** The hooks of `after`. */
  readonly afterMs: number;
}

/** What `Server.shutdown` has done. */
export interface ShutdownReport {
  /** Why the server was ended, as `shutdown` was told. */
  readonly reason: string | undefined;
  /** From the beginning to the end, in milliseconds. */
  readonly durationMs: number;
  /** The steps. */
  readonly phases: ShutdownPhases;
  /** Connections that were open when clients were told to leave. */
  readonly connections: number;
  /** Connections that were cut off, with calls or without. */
  readonly cutConnections: number;
  /** Calls that have finished after clients were told to leave, whatever their status. */
  readonly finishedCalls: number;
  /** The calls that were cut off, the first thousand of them. */
  readonly cutCalls: readonly CutCall[];
  /** How many calls were cut off. */
  readonly cutCallCount: number;
  /** Handlers that still run, although their calls are over: they do not heed `call.signal`. */
  readonly handlersLeft: number;
  /** What the hooks did. */
  readonly hooks: readonly HookReport[];
}

/** A report that is being written. */
export type ReportDraft = { -readonly [K in keyof ShutdownReport]: ShutdownReport[K] };

/** A report that says nothing yet. */
export function createReport(reason: string | undefined): ReportDraft {
  return {
    reason,
    durationMs: 0,
    phases: {
      lameDuckMs: 0,
      beforeMs: 0,
      settleMs: 0,
      drainMs: 0,
      forceMs: 0,
      closeMs: 0,
      afterMs: 0,
    },
    connections: 0,
    cutConnections: 0,
    finishedCalls: 0,
    cutCalls: [],
    cutCallCount: 0,
    handlersLeft: 0,
    hooks: [],
  };
}
