// One faulty connection: an end for the client, and two lanes between it and the true stream.
import type { ByteStream } from "../byte-stream.js";
import { createMemoryLink } from "../memory-link.js";
import { FrameCounter } from "./frame-counter.js";
import { type FaultClock, Lane, type LaneEnd, type LaneFaults } from "./lane.js";

/** What the connections of one transport share. */
export interface BridgeSetup {
  readonly clock: FaultClock;
  readonly toServer: LaneFaults;
  readonly toClient: LaneFaults;
  /** The connection is over. */
  closed(bridge: Bridge): void;
}

/** See the file's first line. */
export class Bridge {
  /** The client's end. */
  readonly client: ByteStream;
  readonly #near: ByteStream;
  readonly #far: ByteStream;
  readonly #setup: BridgeSetup;
  readonly #toServer: Lane;
  readonly #toClient: Lane;
  readonly #frames = new FrameCounter();
  /** Waits for the end of a frame. */
  #inserts: Uint8Array[] = [];
  #isClosed = false;

  constructor(far: ByteStream, setup: BridgeSetup) {
    [this.client, this.#near] = createMemoryLink();
    this.#far = far;
    this.#setup = setup;
    const { clock } = setup;
    this.#toServer = new Lane(setup.toServer, clock, this.#endAt(far, this.#near));
    this.#toClient = new Lane(setup.toClient, clock, {
      ...this.#endAt(this.#near, far),
      deliver: (bytes, done) => this.#deliverToClient(bytes, done),
    });
    this.#follow(this.#near, this.#toServer);
    this.#follow(far, this.#toClient);
  }

  /** Bytes put in front of the next frame for the client. */
  insert(frame: Uint8Array): void {
    if (this.#frames.isBetweenFrames) this.#near.write(frame);
    else this.#inserts.push(frame);
  }

  /** Both ends see the connection break. */
  reset(message: string): void {
    if (this.#isClosed) return;
    this.#close();
    this.client.destroy(connectionReset(message));
    this.#destroyFar();
  }

  /** @param from who is to wait while too much is under way. */
  #endAt(to: ByteStream, from: ByteStream): LaneEnd {
    return {
      deliver(bytes, done) {
        if (to.destroyed || to.writableEnded) done();
        else to.write(bytes, done);
      },
      ended: () => to.end(),
      congested: (on) => (on ? from.pause() : from.resume()),
      reset: () => this.reset("the faulty transport has passed its limit of bytes"),
    };
  }

  #follow(from: ByteStream, lane: Lane): void {
    from.on("data", (bytes: Uint8Array) => lane.push(bytes.slice(), () => {}));
    from.on("end", () => lane.end());
    // The near end never fails: it is closed from here, or because both sides have ended.
    from.on("error", (error: Error) => {
      if (!this.#isClosed) this.client.destroy(error);
    });
    from.on("close", () => this.#streamClosed(from));
  }

  #streamClosed(from: ByteStream): void {
    if (this.#isClosed) return;
    // A clean end has gone through the lane; what is under way may still arrive.
    if (from.readableEnded && from.writableFinished) {
      if (this.#near.closed && this.#far.closed) this.#close();
      return;
    }
    this.client.destroy();
    this.#close();
  }

  #deliverToClient(bytes: Uint8Array, done: () => void): void {
    let rest = bytes;
    if (this.#inserts.length > 0) {
      const byteCount = this.#frames.passFrame(bytes);
      this.#near.write(bytes.subarray(0, byteCount));
      rest = bytes.subarray(byteCount);
      if (this.#frames.isBetweenFrames) {
        for (const frame of this.#inserts.splice(0)) this.#near.write(frame);
      }
    }
    this.#frames.pass(rest);
    this.#near.write(rest, done);
  }

  #destroyFar(): void {
    const socket = this.#far as ByteStream & { resetAndDestroy?(): void };
    if (socket.resetAndDestroy !== undefined) socket.resetAndDestroy();
    else socket.destroy();
  }

  #close(): void {
    this.#isClosed = true;
    this.#toServer.close();
    this.#toClient.close();
    this.#near.destroy();
    this.#setup.closed(this);
  }
}

/** As Node.js words it. */
function connectionReset(message: string): Error {
  return Object.assign(new Error(`read ECONNRESET: ${message}`), { code: "ECONNRESET" });
}
