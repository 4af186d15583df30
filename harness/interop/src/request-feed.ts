// Hands out the requests of a call when they are due: all at once, or in step with the responses.
import type { CallSpec } from "./peer.js";

/** How many responses the server gives to a request before it wants the next one. */
function answersTo(request: object): number {
  return (request as { sizes?: readonly number[] }).sizes?.length ?? 0;
}

/** The sending side of one call. */
export class RequestFeed {
  private readonly spec: CallSpec;
  private received = 0;
  private wake: (() => void) | undefined;

  constructor(spec: CallSpec) {
    this.spec = spec;
  }

  /** Notes that a response has arrived. */
  responseReceived(): void {
    this.received++;
    this.wake?.();
  }

  /**
   * The requests, each when it is due; ends when the sending side is to be closed. When the call ends
   * before that it stays where it is: to return would be to close the sending side, which is not the
   * same as to cancel.
   */
  async *requests(): AsyncGenerator<object> {
    let awaited = 0;
    for (const request of this.spec.requests) {
      while (this.spec.lockstep && this.received < awaited) await this.change();
      yield request;
      awaited += answersTo(request);
    }
    while (this.spec.holdOpen) await this.change();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}
