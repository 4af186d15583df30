// Estimates the bandwidth-delay product of a path from what arrives during the round trips of PINGs.

/** A sample this large a part of the window says that the window, not the path, was the limit. */
const growAtPart = 0.66;
/** Round trips that are simply averaged; later ones weigh nine tenths each, for paths change. */
const averagedTrips = 10;
const laterWeight = 0.9;
/** What arrives while a PING travels took up to half a round trip longer than the PING. */
const tripsPerSample = 1.5;
/** Clocks may be too coarse to see a short round trip. */
const shortestTripMs = 0.01;

/** Grows a receive window until it is no longer what limits a sender. */
export class BandwidthEstimate {
  #window: number;
  readonly #maxWindow: number;
  #tripMs = 0;
  #trips = 0;
  #highestBandwidth = 0;

  /** @param window the window that the peer starts with, in bytes. */
  constructor(window: number, maxWindow: number) {
    this.#window = window;
    this.#maxWindow = maxWindow;
  }

  /** Whether the window is as large as it may be, so that further samples change nothing. */
  get isComplete(): boolean {
    return this.#window >= this.#maxWindow;
  }

  /** The window now, in bytes. */
  get window(): number {
    return this.#window;
  }

  /** `byteCount` bytes have arrived in the `rttMs` that a PING took. Returns whether the window has grown. */
  addSample(byteCount: number, rttMs: number): boolean {
    this.#trips = Math.min(this.#trips + 1, averagedTrips);
    const weight = this.#trips < averagedTrips ? 1 / this.#trips : laterWeight;
    this.#tripMs += (Math.max(rttMs, shortestTripMs) - this.#tripMs) * weight;
    const bandwidth = byteCount / (tripsPerSample * this.#tripMs);
    if (bandwidth > this.#highestBandwidth) this.#highestBandwidth = bandwidth;
    // A lower bandwidth than before means that the path is queueing: a larger window would only add to the queue.
    if (byteCount < growAtPart * this.#window || bandwidth < this.#highestBandwidth) return false;
    const wanted = Math.min(this.#maxWindow, 2 * byteCount);
    if (wanted <= this.#window) return false;
    this.#window = wanted;
    return true;
  }
}
