// The queue between network and application: order, waiting, ends, and what flow control is told.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageQueue, type MessageQueueOwner } from "./message-queue.js";

class Owner implements MessageQueueOwner {
  consumed = 0;
  returns = 0;

  onConsumed(byteCount: number): void {
    this.consumed += byteCount;
  }

  onReturn(): void {
    this.returns++;
  }
}

function setUp(): { queue: MessageQueue<number>; owner: Owner } {
  const owner = new Owner();
  return { queue: new MessageQueue<number>(owner), owner };
}

async function drain(queue: MessageQueue<number>): Promise<number[]> {
  const messages: number[] = [];
  for await (const message of queue) {
    messages.push(message);
  }
  return messages;
}

const done = { done: true, value: undefined };

describe("MessageQueue", () => {
  it("delivers what was pushed before, in order", async () => {
    const { queue } = setUp();
    for (let i = 0; i < 100; i++) {
      queue.push(i);
    }
    queue.end();
    expect(await drain(queue)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(await queue.next()).toEqual(done);
  });

  it("does not end the process when nobody looks at a promise that is rejected", async () => {
    const unheard: unknown[] = [];
    const listen = (reason: unknown): unknown => unheard.push(reason);
    process.on("unhandledRejection", listen);
    const waiting = setUp().queue;
    void waiting.next();
    waiting.fail(new Error("while waiting"));
    const late = setUp().queue;
    late.abort(new Error("before asking"));
    void late.next();
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", listen);
    expect(unheard).toEqual([]);
  });

  it("hands a message straight to a consumer that waits", async () => {
    const { queue, owner } = setUp();
    const next = queue.next();
    queue.push(7, 12);
    expect(queue.size).toBe(0);
    expect(owner.consumed).toBe(12);
    expect(await next).toEqual({ done: false, value: 7 });
  });

  it("serves several waiting consumers in order", async () => {
    const { queue } = setUp();
    const waiting = [queue.next(), queue.next(), queue.next(), queue.next()];
    queue.push(1);
    queue.push(2);
    queue.end();
    expect(await Promise.all(waiting)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      done,
      done,
    ]);
  });

  it("gives bytes back only when the message is taken", async () => {
    const { queue, owner } = setUp();
    queue.push(1, 10);
    queue.push(2, 20);
    expect([owner.consumed, queue.bufferedBytes, queue.size]).toEqual([0, 30, 2]);
    await queue.next();
    expect([owner.consumed, queue.bufferedBytes, queue.size]).toEqual([10, 20, 1]);
    await queue.next();
    expect([owner.consumed, queue.bufferedBytes, queue.size]).toEqual([30, 0, 0]);
  });

  it("an error comes after what was pushed before it, once", async () => {
    const { queue } = setUp();
    const error = new Error("reset");
    queue.push(1);
    queue.fail(error);
    queue.fail(new Error("later"));
    queue.push(2);
    expect(queue.isEnded).toBe(true);
    expect(await queue.next()).toEqual({ done: false, value: 1 });
    await expect(queue.next()).rejects.toBe(error);
    expect(await queue.next()).toEqual(done);
  });

  it("an error reaches the consumer that waits; the next one is done", async () => {
    const { queue } = setUp();
    const error = new Error("reset");
    const waiting = [queue.next(), queue.next()];
    queue.fail(error);
    await expect(waiting[0]).rejects.toBe(error);
    expect(await waiting[1]).toEqual(done);
  });

  it("abort drops what is buffered and gives its bytes back", async () => {
    const { queue, owner } = setUp();
    queue.push(1, 5);
    queue.push(2, 6);
    const error = new Error("cancelled");
    queue.abort(error);
    expect(owner.consumed).toBe(11);
    expect(owner.returns).toBe(0);
    await expect(queue.next()).rejects.toBe(error);
    expect(await queue.next()).toEqual(done);
  });

  it("abort also works behind an end that nobody has seen", async () => {
    const { queue } = setUp();
    queue.push(1);
    queue.end();
    queue.abort(new Error("deadline"));
    await expect(queue.next()).rejects.toThrow("deadline");
  });

  it("abort after everything was delivered changes nothing", async () => {
    const { queue } = setUp();
    queue.end();
    queue.abort(new Error("too late"));
    expect(await queue.next()).toEqual(done);
  });

  it("leaving the loop tells the owner once and gives the bytes back", async () => {
    const { queue, owner } = setUp();
    queue.push(1, 5);
    queue.push(2, 6);
    for await (const message of queue) {
      expect(message).toBe(1);
      break;
    }
    expect(owner).toMatchObject({ consumed: 11, returns: 1 });
    queue.push(3, 7);
    expect(owner.consumed).toBe(18);
    expect(await queue.next()).toEqual(done);
    await queue.return();
    expect(owner.returns).toBe(1);
  });

  it("an exception in the loop leaves it, too", async () => {
    const { queue, owner } = setUp();
    queue.push(1);
    const loop = async (): Promise<void> => {
      for await (const message of queue) {
        throw new Error(`at ${message}`);
      }
    };
    await expect(loop()).rejects.toThrow("at 1");
    expect(owner.returns).toBe(1);
  });

  it("leaving wakes those who wait", async () => {
    const { queue, owner } = setUp();
    const waiting = queue.next();
    await queue.return();
    expect(await waiting).toEqual(done);
    expect(owner.returns).toBe(1);
  });

  it("is no early exit when all was delivered", async () => {
    const { queue, owner } = setUp();
    queue.push(1);
    queue.end();
    await drain(queue);
    await queue.return();
    expect(owner.returns).toBe(0);
  });

  it("an error that nobody asks for is no unhandled rejection", () => {
    const { queue } = setUp();
    queue.fail(new Error("nobody listens"));
    expect(queue.isEnded).toBe(true);
  });

  it("keeps order and bytes for any interleaving of pushing and pulling", async () => {
    const steps = fc.array(fc.constantFrom("push", "push", "pull"), { maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(steps, async (acts) => {
        const { queue, owner } = setUp();
        const pulled: Promise<IteratorResult<number, undefined>>[] = [];
        let pushed = 0;
        for (const act of acts) {
          if (act === "push") {
            queue.push(++pushed, pushed);
          } else {
            pulled.push(queue.next());
          }
        }
        queue.end();
        const results = await Promise.all(pulled);
        const rest = await drain(queue);
        const seen = results.flatMap((it) => (it.done ? [] : [it.value])).concat(rest);
        expect(seen).toEqual(Array.from({ length: pushed }, (_, i) => i + 1));
        expect(owner.consumed).toBe((pushed * (pushed + 1)) / 2);
        expect(queue.bufferedBytes).toBe(0);
      }),
    );
  });
});
