// Stands in for setTimeout and clearTimeout until a test gives the real ones back.

interface FakeTimer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** Timers that run when the test says so. */
export class FakeTimers {
  private readonly real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
  };
  private readonly pending = new Map<object, FakeTimer>();
  private nowMs = 0;

  install(): void {
    const fakes = {
      setTimeout: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): object => {
        const handle = { ref: () => handle, unref: () => handle, hasRef: () => true };
        this.pending.set(handle, { dueMs: this.nowMs + ms, run: () => run(...args) });
        return handle;
      },
      clearTimeout: (handle: object) => void this.pending.delete(handle),
    };
    Object.assign(globalThis, fakes);
  }

  advance(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const [next] = [...this.pending]
        .filter(([, { dueMs }]) => dueMs <= endMs)
        .sort(([, a], [, b]) => a.dueMs - b.dueMs);
      if (!next) break;
      this.pending.delete(next[0]);
      this.nowMs = next[1].dueMs;
      next[1].run();
    }
    this.nowMs = endMs;
  }

  uninstall(): void {
    Object.assign(globalThis, this.real);
  }
}
