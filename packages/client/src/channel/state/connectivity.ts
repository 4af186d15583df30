// The state that a channel is in, since when, and those before it.
import { ConnectivityState } from "../../subchannel/state.js";
import { type TracedChannel, traceChannel } from "../channel-trace.js";
import { StateHistory } from "./state-history.js";

/** See the file's first line. */
export class Connectivity {
  readonly history: StateHistory = new StateHistory(ConnectivityState.IDLE);
  state: ConnectivityState = ConnectivityState.IDLE;
  readonly #channel: TracedChannel;
  #sinceMs: number;

  constructor(channel: TracedChannel) {
    this.#channel = channel;
    this.#sinceMs = channel.clock.now();
  }

  /** How long it has been in this state. */
  get ageMs(): number {
    return this.#channel.clock.now() - this.#sinceMs;
  }

  /** Does nothing when it is in this state already. */
  enter(state: ConnectivityState): void {
    if (state !== this.state) {
      traceChannel(this.#channel, "channel", "channel state", { from: this.state, to: state });
      this.state = state;
      this.#sinceMs = this.#channel.clock.now();
      this.history.add(state);
    }
  }
}
