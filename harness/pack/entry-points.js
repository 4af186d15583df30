// Reads from a package.json which files its `exports` promise, and from which source each is made.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packagesFolder = fileURLToPath(new URL("../../packages", import.meta.url));

/**
 * One file that `exports` promises. `conditions` are those that lead to it, outermost first.
 *
 * @typedef {{ source: string, file: string, conditions: readonly string[] }} EntryPoint
 */

/**
 * A package of the workspace: its folder and what its package.json says.
 *
 * @typedef {{ folder: string, manifest: { name: string, exports: Record<string, object> } }} Package
 */

/** @returns {Package[]} */
export function readPackages() {
  return readdirSync(packagesFolder)
    .sort()
    .map((name) => join(packagesFolder, name))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")),
    }));
}

/**
 * The entry points among the conditions of one export, however they are nested.
 *
 * @returns {EntryPoint[]}
 */
function findEntries(target, conditions) {
  const { "@trunkline/source": source, default: file } = target;
  const nested = Object.entries(target)
    .filter(([, inner]) => typeof inner === "object")
    .flatMap(([condition, inner]) => findEntries(inner, [...conditions, condition]));
  return source === undefined || file === undefined
    ? nested
    : [...nested, { source, file, conditions }];
}

/** @returns {EntryPoint[]} */
export function entryPointsOf({ manifest }) {
  return Object.values(manifest.exports)
    .filter((target) => typeof target === "object")
    .flatMap((target) => findEntries(target, []));
}
