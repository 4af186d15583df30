// Vitest's own `expect`, put together without Vitest, and `expect.poll`.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  customMatchers,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";
import { retry } from "./clock.js";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

type Matchers = Record<string, (...args: unknown[]) => unknown>;
type Assertion = Matchers & { readonly not: Assertion };

function assertion(value: unknown, message?: string): Assertion {
  return chai.expect(value, message) as unknown as Assertion;
}

/** Makes each matcher one that is tried until it holds, or the time is up. */
function poll(read: () => unknown, options: { timeout?: number; interval?: number } = {}): object {
  const matchers = (isNegated: boolean): object =>
    new Proxy(
      {},
      {
        get(_, name: string) {
          if (name === "not") return matchers(!isNegated);
          return (...args: unknown[]) =>
            retry(async () => {
              const made = assertion(await read());
              await (isNegated ? made.not : made)[name]!(...args);
            }, options);
        },
      },
    );
  return matchers(false);
}

/** Asserts something about a value. */
export const expect: object = Object.assign(
  assertion,
  chai.expect,
  (globalThis as Record<symbol, object>)[ASYMMETRIC_MATCHERS_OBJECT],
  { poll },
);

Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect, configurable: true });
(chai.expect as unknown as { extend(into: object, matchers: object): void }).extend(
  expect,
  customMatchers,
);
setState({ assertionCalls: 0, isExpectingAssertions: false }, expect as never);
