// What a connection waits for and until when; nothing here moves with each frame.

const never = Number.POSITIVE_INFINITY;

/** Points in time, in the caller's milliseconds; Infinity where nothing is due. */
export class Timers {
  /** Preface and SETTINGS of both sides exchanged. */
  handshake: number = never;
  /** Our latest SETTINGS acknowledged. */
  settingsAck: number = never;
  /** The header block that has begun is complete. */
  headerBlock: number = never;
  /** Look whether the peer has said anything. */
  keepalive: number = never;
  /** Look whether there were streams. */
  idle: number = never;
  /** Old enough to be replaced. */
  age: number = never;
  /** The last moment for streams of a connection that is too old. */
  grace: number = never;
  /** The second GOAWAY of a graceful end. */
  fence: number = never;
  /** Look whether a large queue moves. */
  stall: number = never;
  /** Look whether any queue moves. */
  writeStall: number = never;
  /** Go on reading from a peer that takes back what it asks for. */
  pause: number = never;

  /** The earliest of them. */
  get next(): number {
    return Math.min(
      Math.min(this.handshake, this.settingsAck, this.headerBlock, this.keepalive, this.idle),
      Math.min(this.age, this.grace, this.fence, this.stall, this.writeStall),
      this.pause,
    );
  }

  /** The connection has ended. */
  clear(): void {
    this.handshake = this.settingsAck = this.headerBlock = this.keepalive = this.idle = never;
    this.age = this.grace = this.fence = this.stall = never;
    this.writeStall = this.pause = never;
  }
}
