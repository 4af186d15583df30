// Which worker gets the next connection: the one that has the fewest, in turn where several have.

/** Who may get connections. */
export interface Taker {
  /** Connections that it has. */
  connections: number;
  /** When it got one last, as a number that grows. */
  lastTurn: number;
}

/** Hands connections out. */
export class Spread<T extends Taker> {
  #turn = 0;

  /** Undefined when there is nobody. Counts the connection. */
  take(takers: Iterable<T>): T | undefined {
    let best: T | undefined;
    for (const taker of takers) {
      if (best === undefined || isBefore(taker, best)) best = taker;
    }
    if (best === undefined) return undefined;
    best.connections++;
    best.lastTurn = ++this.#turn;
    return best;
  }
}

function isBefore(a: Taker, b: Taker): boolean {
  if (a.connections !== b.connections) return a.connections < b.connections;
  return a.lastTurn < b.lastTurn;
}
