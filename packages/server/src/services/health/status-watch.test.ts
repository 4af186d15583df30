// What a client that watches is given, however slowly it reads.
import { Code, RpcError } from "@trunkline/core";
import { HealthCheckResponse_ServingStatus as Status } from "@trunkline/core/health";
import fc from "fast-check";
import { expect, test } from "vitest";
import { StatusBoard } from "./status-board.js";
import { StatusWatch } from "./status-watch.js";

function watch(board: StatusBoard, name = "") {
  const open = { count: 0 };
  let unwatch = (): void => {};
  const stream = new StatusWatch({
    read: () => Status[board.statusOf(name) ?? "SERVICE_UNKNOWN"],
    started: (started) => {
      open.count++;
      unwatch = board.watch(name, () => started.wake());
    },
    stopped: () => {
      open.count--;
      unwatch();
    },
  });
  return { stream, open };
}

const given = async (stream: StatusWatch): Promise<number | undefined> =>
  (await stream.next()).value?.status;

test("who does not read for a while gets the status of then, and none twice", async () => {
  const board = new StatusBoard();
  const { stream } = watch(board);
  expect(await given(stream)).toBe(Status.SERVING);
  for (let i = 0; i < 100; i++) board.set("", i % 2 === 0 ? "SERVING" : "NOT_SERVING");
  expect(await given(stream)).toBe(Status.NOT_SERVING);
  board.set("", "SERVING");
  board.set("", "NOT_SERVING");
  const next = given(stream);
  board.set("", "NOT_SERVING");
  board.set("", "UNKNOWN");
  expect(await next).toBe(Status.UNKNOWN);
});

test("nothing is held before somebody reads, and nothing after the end", async () => {
  const { stream, open } = watch(new StatusBoard());
  await stream.return();
  expect(open.count).toBe(0);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  const other = watch(new StatusBoard());
  await other.stream.next();
  const waiting = other.stream.next();
  expect(other.open.count).toBe(1);
  await other.stream.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(other.open.count).toBe(0);
});

test("the end comes behind the last status, whether or not somebody waits", async () => {
  const end = new RpcError(Code.UNAVAILABLE, "over");
  for (const waits of [true, false]) {
    const board = new StatusBoard();
    const { stream, open } = watch(board);
    await stream.next();
    const early = waits ? given(stream) : undefined;
    board.shutDown();
    stream.end(end);
    expect(await (early ?? given(stream))).toBe(Status.NOT_SERVING);
    await expect(stream.next()).rejects.toBe(end);
    expect(open.count).toBe(0);
  }
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("whatever happens, the last that is read is what the board says", async () => {
  const status = fc.constantFrom("SERVING" as const, "NOT_SERVING" as const, "UNKNOWN" as const);
  const name = fc.constantFrom("", "a", "b");
  const step = fc.oneof(
    fc.tuple(fc.constant("set" as const), name, status),
    fc.tuple(fc.constantFrom("clear" as const, "add" as const), name),
    fc.tuple(fc.constantFrom("shutDown" as const, "resume" as const, "read" as const)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step), async (steps) => {
      const board = new StatusBoard();
      const { stream } = watch(board, "a");
      let last = await given(stream);
      let isWaiting = false;
      const read = (): void => {
        if (isWaiting) return;
        isWaiting = true;
        void given(stream).then((found) => {
          isWaiting = false;
          last = found;
        });
      };
      for (const [action, ...args] of steps) {
        if (action === "read") read();
        else (board[action] as (...all: unknown[]) => void)(...args);
      }
      await turn();
      read();
      await turn();
      expect(last).toBe(Status[board.statusOf("a") ?? "SERVICE_UNKNOWN"]);
      await stream.return();
    }),
  );
});
