// Where two messages differ, looking at all that a program could see: prototypes and key order too.

/** Says where two values differ first; undefined when they are alike. */
export function findDifference(expected: unknown, actual: unknown, path = "$"): string | undefined {
  if (Object.is(expected, actual)) {
    return undefined;
  }
  if (expected instanceof Uint8Array && actual instanceof Uint8Array) {
    return Buffer.compare(expected, actual) === 0 ? undefined : `${path}: other bytes`;
  }
  if (!isObject(expected) || !isObject(actual)) {
    return `${path}: ${show(expected)} became ${show(actual)}`;
  }
  if (Object.getPrototypeOf(expected) !== Object.getPrototypeOf(actual)) {
    return `${path}: another prototype`;
  }
  const keys = Object.keys(expected);
  const found = Object.keys(actual);
  if (keys.join() !== found.join()) {
    return `${path}: keys ${keys.join()} became ${found.join()}`;
  }
  for (const key of keys) {
    const difference = findDifference(expected[key], actual[key], `${path}.${key}`);
    if (difference !== undefined) {
      return difference;
    }
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function show(value: unknown): string {
  return `${typeof value} ${String(value)}`;
}
