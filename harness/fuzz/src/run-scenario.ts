// Plays a scenario to its end and says what was wrong: what was thrown, which bound was passed, how it ended.
import { type ConnectionLimits, connectionLimitDefaults, createConnection } from "@trunkline/http2";
import { Application } from "./application.js";
import { OutputCheck } from "./output-check.js";
import type { Scenario, Step } from "./scenario.js";

/** More output than this must never wait for a peer that sends frames of its own; what the application sends comes on top. */
const maxAnswerBytes = 1001 * 17 + 4096;

/** What was wrong with a scenario; empty when nothing was. */
export function runScenario(scenario: Scenario): string[] {
  const app = new Application();
  const player = new Player(scenario, app);
  try {
    for (const step of scenario.steps) {
      player.play(step);
      player.checkBounds();
      if (player.faults.length > 0) break;
    }
    player.finish();
  } catch (error) {
    player.faults.push(`thrown: ${error instanceof Error ? error.stack : error}`);
  }
  return player.faults;
}

class Player {
  readonly #app: Application;
  readonly #output: OutputCheck;
  readonly #limits: ConnectionLimits;
  #nowMs = 0;
  /** What the application itself has asked to be sent since the last `take`. */
  #acted = 0;

  constructor({ role, limits }: Scenario, app: Application) {
    this.#app = app;
    this.#limits = { ...connectionLimitDefaults, ...limits };
    this.#output = new OutputCheck(role);
    app.connection = createConnection({ role, limits, sink: app, nowMs: 0 });
  }

  get faults(): string[] {
    this.#app.faults.push(...this.#output.faults.splice(0));
    return this.#app.faults;
  }

  play(step: Step): void {
    const { connection } = this.#app;
    switch (step.kind) {
      case "bytes":
        connection.receive(step.bytes, this.#nowMs);
        this.#takeTurns();
        break;
      case "time":
        this.#nowMs += step.ms;
        connection.wake(this.#nowMs);
        this.#takeTurns();
        break;
      case "act":
        this.#acted += 120_000;
        this.#app.act(step.choice, this.#nowMs);
        break;
      case "take":
        this.#take();
        break;
    }
  }

  /** A transport that sees congestion writes before it reads on. */
  #takeTurns(): void {
    const { connection } = this.#app;
    for (let i = 0; i < 100_000 && connection.wantsTurn; i++) connection.wake(this.#nowMs);
    if (connection.wantsTurn) this.#app.fault("turns without end");
    if (connection.isCongested) this.#take();
  }

  #take(): void {
    const { connection } = this.#app;
    const chunks = connection.take();
    this.#output.read(chunks);
    connection.release(chunks);
    this.#acted = 0;
  }

  checkBounds(): void {
    const { connection } = this.#app;
    const { stats } = connection;
    const bound = maxAnswerBytes + this.#acted + stats.queuedBytes;
    if (connection.pendingBytes > bound) this.#app.fault(`${connection.pendingBytes} bytes wait`);
    if (
      connection.role === "server" &&
      connection.activeStreams > this.#limits.maxConcurrentStreams
    ) {
      this.#app.fault(`${connection.activeStreams} streams are open`);
    }
    let unread = 0;
    for (const stream of this.#app.streams) unread += stream.unread;
    if (unread > this.#limits.maxUnreadBytes) this.#app.fault(`${unread} bytes are unread`);
    if (stats.queuedBytes < 0 || stats.smallDataBytes < 0) this.#app.fault("a counter is negative");
  }

  /** Whatever state it is in, the end of the transport ends it, and it stays so. */
  finish(): void {
    const { connection } = this.#app;
    this.#take();
    connection.receiveEnd();
    if (this.#app.end === undefined) this.#app.fault("closed was not told");
    if (!connection.isClosed || connection.activeStreams !== 0) this.#app.fault("it lives on");
    if (connection.wakeAt() !== undefined) this.#app.fault("it wants to be woken after its end");
    for (let i = 0; i < 1000 && connection.pendingBytes > 0; i++) this.#take();
    if (connection.pendingBytes > 0) this.#app.fault("output without end");
    connection.receive(new Uint8Array(100), this.#nowMs);
    connection.wake(this.#nowMs + 1e9);
    if (connection.pendingBytes > 0) this.#app.fault("it speaks after its end");
  }
}
