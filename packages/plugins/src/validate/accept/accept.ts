// A check that says true only of what is certainly good, and how several of them become one.
import type { DescMessage, Message } from "@bufbuild/protobuf";

/** True: no rule is broken. False: protovalidate has to look. */
export type Accept<T> = (value: T) => boolean;

/** Finds the check of a type of message, for types that hold it; undefined when that is beyond the compiler. */
export type AcceptMessages = (schema: DescMessage) => Accept<Message> | undefined;

/** One check of many; the counts that are common have no loop. */
export function acceptAll<T>(checks: readonly Accept<T>[]): Accept<T> {
  const [first, second] = checks;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (checks.length === 2) return (value) => first(value) && second(value);
  return (value) => {
    for (const check of checks) if (!check(value)) return false;
    return true;
  };
}
