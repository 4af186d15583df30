// The messages of one call or attempt as events of its span (gRFC A72).
import type { Span } from "@opentelemetry/api";
import type { MessageMeter } from "@trunkline/core";

/** See the file's first line. Messages are numbered from 0, those sent and those received by themselves. */
export class MessageEvents implements MessageMeter {
  readonly #span: Span;
  #sent = 0;
  #received = 0;

  constructor(span: Span) {
    this.#span = span;
  }

  sent(byteCount: number, wireByteCount: number): void {
    this.#add("Outbound message", this.#sent++, byteCount, wireByteCount);
  }

  received(byteCount: number, wireByteCount: number): void {
    this.#add("Inbound message", this.#received++, byteCount, wireByteCount);
  }

  #add(name: string, number: number, byteCount: number, wireByteCount: number): void {
    const attributes = { "sequence-number": number, "message-size": byteCount };
    try {
      if (wireByteCount === byteCount) this.#span.addEvent(name, attributes);
      else {
        this.#span.addEvent(name, { ...attributes, "message-size-compressed": wireByteCount });
      }
    } catch {
      // A span that fails must not end the call.
    }
  }
}
