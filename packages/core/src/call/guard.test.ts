// Guards admit and refuse in their order, wait only where they must; what is chosen per method is chosen once.
import { expect, test } from "vitest";
import type { Call, Interceptor, Reply } from "./call.js";
import { composeGuards, guard, guardOf, interceptorsFor, perMethod } from "./guard.js";

const method = { name: "Get" } as Call["method"];
const call = { method } as Call;
const answer = {} as Reply;
const next = (): Promise<Reply> => Promise.resolve(answer);
const refuse = (): never => {
  throw new Error("refused");
};

test("a guard is an interceptor like any other", async () => {
  const open = guard(() => undefined);
  const slow = guard(() => Promise.resolve());
  expect(await open(call, next)).toBe(answer);
  expect(await slow(call, next)).toBe(answer);
  await expect(guard(refuse)(call, next)).rejects.toThrow("refused");
  await expect(guard(() => Promise.reject(new Error("no")))(call, next)).rejects.toThrow("no");
  expect(guardOf(open)?.(call)).toBeUndefined();
  expect(guardOf((call, next) => next(call))).toBeUndefined();
});

test("guards ask one after the other, without a promise until one waits", async () => {
  const asked: string[] = [];
  const quick = (name: string) => (): void => void asked.push(name);
  const slow = async (): Promise<void> => void asked.push("slow");
  expect(composeGuards([quick("a"), quick("b")])(call)).toBeUndefined();
  const pending = composeGuards([quick("c"), slow, quick("d"), refuse, quick("e")])(call);
  expect(asked).toEqual(["a", "b", "c", "slow"]);
  await expect(pending).rejects.toThrow("refused");
  expect(asked).toEqual(["a", "b", "c", "slow", "d"]);
});

test("what is chosen per method is chosen once, and replaced by its choice", async () => {
  const choice = guard(() => undefined);
  const asked: string[] = [];
  const chooser = (found: Interceptor | undefined): Interceptor =>
    perMethod(({ name }) => {
      asked.push(name);
      return found;
    });
  const nested = perMethod(() => chooser(choice));
  const none = chooser(undefined);
  const plain: Interceptor = (call, next) => next(call);
  expect(interceptorsFor(method, [plain, nested, none])).toEqual([plain, choice]);
  expect(interceptorsFor(method, [nested])).toEqual([choice]);
  expect(await nested(call, next)).toBe(answer);
  expect(await none(call, next)).toBe(answer);
  expect(asked).toEqual(["Get", "Get"]);
});
