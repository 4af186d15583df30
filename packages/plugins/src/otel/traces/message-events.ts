// The messages of one call or attempt as events of its span (gRFC A72).
import type { Span } from "@opentelemetry/api";
import type { MessageMeter } from "@trunkline/core";
import type { SpanClock } from "./span-clock.js";

/** See the file's first line. Messages are numbered from 0, those sent and those received by themselves. */
export class MessageEvents implements MessageMeter {
  readonly #span: Span;
  readonly #clock: SpanClock;
  #sent = 0;
  #received = 0;

  constructor(span: Span, clock: SpanClock) {
    this.#span = span;
    this.#clock = clock;
  }

  sent(byteCount: number, wireByteCount: number): void {
    this.#add("Outbound message", this.#sent++, byteCount, wireByteCount);
  }

  received(byteCount: number, wireByteCount: number): void {
    this.#add("Inbound message", this.#received++, byteCount, wireByteCount);
  }

  #add(name: string, number: number, byteCount: number, wireByteCount: number): void {
    const sizes = { "sequence-number": number, "message-size": byteCount };
    const isPlain = wireByteCount === byteCount;
    const attributes = isPlain ? sizes : { ...sizes, "message-size-compressed": wireByteCount };
    try {
      this.#span.addEvent(name, attributes, this.#clock.now());
    } catch {
      // A span that fails must not end the call.
    }
  }
}
