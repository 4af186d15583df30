// Writes the lines of one turn of the event loop together: a logger that writes each by itself spends most of its time on that.

/** Where text goes: `process.stdout`, a file's stream. */
export interface TextSink {
  /** Takes text, and sees to it that it is written. */
  write(text: string): unknown;
}

/** What loggers such as pino write to. */
export interface LineWriter {
  /** Takes a line; it is written at the end of this turn of the event loop. */
  write(line: string): void;
  /** Writes what there is now. */
  flush(): void;
}

/** What waits is written at once from so many characters on. */
const mostWaiting = 65_536;

/**
 * Makes a destination for pino: the lines of one turn of the event loop are written in one piece, at its end, and those of the last
 * turn when the process exits. Halves what a line costs where there are many. What is lost when the process is
 * killed (SIGKILL, out of memory) are the lines of the turn in which that happens.
 * @param sink where the text goes. Default: `process.stdout`.
 * @example
 * const logger = pino({ base: null }, createLineWriter(process.stderr));
 */
export function createLineWriter(sink: TextSink = process.stdout): LineWriter {
  const writer = new TurnWriter(sink);
  process.once("exit", () => writer.flush());
  return writer;
}

class TurnWriter implements LineWriter {
  readonly #sink: TextSink;
  #text = "";
  readonly #turnEnded = (): void => this.flush();

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  write(line: string): void {
    if (this.#text === "") setImmediate(this.#turnEnded);
    this.#text += line;
    if (this.#text.length >= mostWaiting) this.flush();
  }

  flush(): void {
    const text = this.#text;
    if (text === "") return;
    this.#text = "";
    this.#sink.write(text);
  }
}
