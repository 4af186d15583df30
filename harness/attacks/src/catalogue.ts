// All attacks, in the order in which they are run and documented.
import type { Attack } from "./attack.js";
import { decompressionAttacks } from "./families/decompression.js";
import { floodAttacks } from "./families/floods.js";
import { headerAttacks } from "./families/header-blocks.js";
import { legitimate } from "./families/legitimate.js";
import { maliciousServers } from "./families/malicious-servers.js";
import { observabilityAttacks } from "./families/observability.js";
import { protectedAttacks } from "./families/protected-servers.js";
import { resetAttacks } from "./families/resets.js";
import { slowAttacks } from "./families/slow-peers.js";
import { numberAttacks } from "./families/streams-and-connections.js";

/** Every row. */
export const attacks: readonly Attack[] = [
  ...resetAttacks,
  ...headerAttacks,
  ...floodAttacks,
  ...slowAttacks,
  ...numberAttacks,
  ...decompressionAttacks,
  ...observabilityAttacks,
  ...protectedAttacks,
  ...legitimate,
  ...maliciousServers,
];

/**
 * Attacks by name; a name that ends in `*` is the beginning of several.
 * @throws Error for a name that nothing has.
 */
export function findAttacks(names: readonly string[]): readonly Attack[] {
  if (names.length === 0) return attacks;
  return names.flatMap((name) => {
    const found = attacks.filter((attack) =>
      name.endsWith("*") ? attack.name.startsWith(name.slice(0, -1)) : attack.name === name,
    );
    if (found.length > 0) return found;
    const all = attacks.map((attack) => attack.name).join(", ");
    throw new Error(`no attack is called ${name}; there are ${all}`);
  });
}
