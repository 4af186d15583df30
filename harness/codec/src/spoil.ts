// Messages that are not quite messages: one value somewhere replaced by what does not belong there.
import type { Random } from "./random.js";
import type { Loose } from "./random-message.js";

/** Replaces a random value at a random depth of `message` by a stray one. @returns the message */
export function spoil(message: Loose, random: Random): Loose {
  let target: Loose = message;
  for (;;) {
    const keys = Object.keys(target);
    if (keys.length === 0) {
      return message;
    }
    const key = random.pick(keys);
    const value = target[key];
    const inner = typeof value === "object" && value !== null && !(value instanceof Uint8Array);
    if (inner && key !== "$unknown" && !random.oneIn(3)) {
      target = value as Loose;
      continue;
    }
    if (key !== "$unknown") {
      target[key] = strayValue(random);
    }
    return message;
  }
}

function strayValue(random: Random): unknown {
  return random.pick([
    undefined,
    null,
    true,
    false,
    "",
    "5",
    "-7",
    "1e3",
    " 8 ",
    "abc",
    "NaN",
    0,
    -0,
    -1,
    1.5,
    300,
    2 ** 31,
    2 ** 32,
    -(2 ** 31) - 1,
    1e39,
    Number.NaN,
    5n,
    -5n,
    1n << 63n,
    1n << 64n,
    {},
    [],
    [1],
    new Uint8Array([1, 2]),
    { case: "x", value: 1 },
    { $typeName: "other.Message" },
  ]);
}
