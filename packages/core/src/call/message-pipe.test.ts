// Sending waits for reading, and both learn when the other one leaves.
import { describe, expect, it } from "vitest";
import { Code } from "../status/code.js";
import { UsageError } from "../status/usage-error.js";
import { MessagePipe } from "./message-pipe.js";

/** Whether the promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  return (await Promise.race([promise.catch(() => {}), Promise.resolve(pending)])) !== pending;
}

describe("MessagePipe", () => {
  it("send resolves when its message is asked for", async () => {
    const pipe = new MessagePipe<number>();
    const sent = [pipe.send(1), pipe.send(2)];
    expect(pipe.size).toBe(2);
    expect(await isSettled(sent[0]!)).toBe(false);
    expect(await pipe.next()).toEqual({ done: false, value: 1 });
    await sent[0];
    expect(await isSettled(sent[1]!)).toBe(false);
    expect(await pipe.next()).toEqual({ done: false, value: 2 });
    await sent[1];
  });

  it("send resolves at once when somebody waits", async () => {
    const pipe = new MessagePipe<number>();
    const next = pipe.next();
    await pipe.send(1);
    expect(await next).toEqual({ done: false, value: 1 });
  });

  it("the end comes behind what waits", async () => {
    const pipe = new MessagePipe<number>();
    void pipe.send(1);
    pipe.closeSend();
    expect(() => pipe.send(2)).toThrow(UsageError);
    const read: number[] = [];
    for await (const message of pipe) read.push(message);
    expect(read).toEqual([1]);
    const waiting = new MessagePipe<number>();
    const next = waiting.next();
    waiting.closeSend();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it("a failure comes behind what waits, once", async () => {
    const pipe = new MessagePipe<number>();
    void pipe.send(1);
    pipe.fail(new Error("broken"));
    pipe.fail(new Error("again"));
    await pipe.next();
    await expect(pipe.next()).rejects.toThrow("broken");
    expect((await pipe.next()).done).toBe(true);
    const waiting = new MessagePipe<number>();
    const next = waiting.next();
    waiting.fail(new Error("broken"));
    await expect(next).rejects.toThrow("broken");
  });

  it("a reader that leaves rejects what waits and what comes", async () => {
    const pipe = new MessagePipe<number>();
    const sent = pipe.send(1);
    {
      await using left = pipe;
      expect(left).toBe(pipe);
    }
    await expect(sent).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect(pipe.send(2)).rejects.toMatchObject({ code: Code.CANCELLED });
    pipe.fail(new Error("ignored"));
    expect((await pipe.next()).done).toBe(true);
  });
});
