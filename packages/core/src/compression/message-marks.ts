// Marks on single messages: those that are not to be compressed, and those that came compressed.

const plain = new WeakSet<object>();
const inflated = new WeakSet<object>();
let hasPlain = false;

/**
 * Marks one message, which is then sent uncompressed whatever the call's compression is: for messages
 * that are compressed already, or that hold a secret beside text of somebody else's choice. Interceptors
 * that put another message in its place lose the mark.
 * @param message the message, or the plain object that it will be made of.
 * @returns the same object.
 * @example
 * yield uncompressed({ jpeg });
 */
export function uncompressed<T extends object>(message: T): T {
  hasPlain = true;
  plain.add(message);
  return message;
}

/** Whether `message` bears the mark of `uncompressed`. */
export function isUncompressed(message: unknown): boolean {
  return hasPlain && plain.has(message as object);
}

/** The message made from `source` bears the same mark. */
export function carryMark(source: unknown, made: object): void {
  if (hasPlain && plain.has(source as object)) plain.add(made);
}

/** Whether a received message travelled compressed. For tests and for those who count bytes. */
export function wasCompressed(message: object): boolean {
  return inflated.has(message);
}

/** A received message travelled compressed. */
export function markCompressed(message: unknown): void {
  if (typeof message === "object" && message !== null) inflated.add(message);
}
