// What a bad server does: the settings it announces, and the frames it answers a request with.

/** One frame to send. */
export interface Step {
  readonly frame: Uint8Array;
  /** What it takes of the client's windows: the payload of DATA with its padding (RFC 9113 s6.9.1); 0 for others. */
  readonly windowBytes: number;
  /** The stream is over for this side once it is sent. */
  readonly isLast?: boolean;
}

/** A way to be bad. */
export interface Misbehaviour {
  /** SETTINGS to begin with: id, value, id, value ... */
  readonly settings?: readonly number[];
  /** During a call, send a PING before each frame and after each that is received; end the call when all are acknowledged. */
  readonly pings?: boolean;
  /** The answer to a request: `message` is what a good server would send, in its envelope. */
  respond(streamId: number, message: Uint8Array): Iterable<Step>;
}
