// A sink for tests that writes down what it hears, one line per call.
import type {
  ConnectionCloseReason,
  HeaderList,
  Settings,
  Sink,
  StreamResetReason,
  StreamSink,
} from "../contract.js";
import { errorCodeName } from "../frame/error-code.js";

/** What a test may do at a stream's events, besides having them recorded. */
export type StreamHook = (id: number, event: string, bytes: number) => void;

/** Records connection events and those of every stream. */
export class RecordingSink implements Sink {
  readonly lines: string[] = [];
  /** What a server's application would say about itself. */
  liveHandlers = 0;
  /** DATA per stream, copied. */
  readonly data: Map<number, number[]> = new Map();
  /** Called after each stream event has been recorded. */
  hook: StreamHook | undefined = undefined;
  closeReason: ConnectionCloseReason | undefined = undefined;

  streamOpened(id: number, headers: HeaderList, endStream: boolean): StreamSink {
    this.#note(id, `opened ${show(headers)}`, endStream);
    const sink = this.streamSink(() => id);
    this.hook?.(id, endStream ? "end" : "opened", 0);
    return sink;
  }

  /** A stream sink that records here; the id is asked for late, as `openStream` returns it late. */
  streamSink(idOf: () => number): StreamSink {
    return {
      headersReceived: (headers, endStream) => {
        this.#note(idOf(), `headers ${show(headers)}`, endStream);
        this.hook?.(idOf(), endStream ? "end" : "headers", 0);
      },
      dataReceived: (bytes, endStream) => {
        this.#keep(idOf(), bytes);
        this.#note(idOf(), `data ${bytes.length}`, endStream);
        this.hook?.(idOf(), endStream ? "end" : "data", bytes.length);
      },
      trailersReceived: (headers) => {
        this.#note(idOf(), `trailers ${show(headers)}`, true);
        this.hook?.(idOf(), "end", 0);
      },
      streamReset: (reason) => this.#reset(idOf(), reason),
      writable: () => {
        this.lines.push(`${idOf()} writable`);
        this.hook?.(idOf(), "writable", 0);
      },
    };
  }

  settingsReceived(settings: Required<Settings>, first: boolean): void {
    this.lines.push(`settings window=${settings.initialWindowSize}${first ? " first" : ""}`);
  }

  goawayReceived(lastStreamId: number, code: number, debug: string): void {
    this.lines.push(`goaway ${lastStreamId} ${errorCodeName(code)} ${debug}`);
  }

  drainStarted(why: string): void {
    this.lines.push(`drain started: ${why}`);
  }

  pingAcked(rttMs: number): void {
    this.lines.push(`ping acked after ${rttMs} ms`);
  }

  streamsAvailable(): void {
    this.lines.push("streams available");
  }

  closed(reason: ConnectionCloseReason): void {
    this.closeReason = reason;
    this.lines.push(`closed ${reason.source} ${errorCodeName(reason.code)}`);
  }

  #reset(id: number, reason: StreamResetReason): void {
    const retry = reason.unprocessed ? " unprocessed" : "";
    this.lines.push(`${id} reset ${reason.source} ${errorCodeName(reason.code)}${retry}`);
    this.hook?.(id, "reset", 0);
  }

  #keep(id: number, bytes: Uint8Array): void {
    const kept = this.data.get(id);
    if (kept === undefined) this.data.set(id, [...bytes]);
    else for (const octet of bytes) kept.push(octet);
  }

  #note(id: number, what: string, endStream: boolean): void {
    this.lines.push(`${id} ${what}${endStream ? " END" : ""}`);
  }
}

function show(headers: HeaderList): string {
  const parts: string[] = [];
  for (let i = 0; i < headers.fields.length; i += 2) {
    parts.push(`${headers.fields[i]}=${headers.fields[i + 1]}`);
  }
  return parts.join(" ");
}
