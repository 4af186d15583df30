// Where the .proto files of a target lie on this machine: ours, those of npm packages, those of Debian packages.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const FETCH_TIMEOUT_MS = 60_000;

/** Whether the Debian package is installed here, in the very version: what others make differs. */
function isInstalled(name, version) {
  try {
    const args = ["--show", "--showformat", `\${Version}`, name];
    return (
      execFileSync("dpkg-query", args, { stdio: ["ignore", "pipe", "ignore"] }).toString() ===
      version
    );
  } catch {
    return false;
  }
}

/** Unpacks a Debian package into a folder of its own, without installing it; false if it is not to be had. */
function unpackDebian(name, version, into) {
  mkdirSync(into, { recursive: true });
  const options = { cwd: into, stdio: "ignore", timeout: FETCH_TIMEOUT_MS };
  try {
    execFileSync("apt-get", ["download", `${name}=${version}`], options);
    const [file] = readdirSync(into).filter((entry) => entry.endsWith(".deb"));
    execFileSync("dpkg-deb", ["-x", file, into], options);
    return true;
  } catch {
    return false;
  }
}

/** The folder of a Debian package's files: of the installed package, else of one that is fetched for this run. */
function findDebian({ debian, version, root }, { work, mayFetch }) {
  if (isInstalled(debian, version)) return join("/", root);
  const unpacked = join(work, "debian", debian);
  return mayFetch && unpackDebian(debian, version, unpacked) ? join(unpacked, root) : undefined;
}

/** The folder that the target's `files` are relative to; undefined when this machine has no such folder. */
export function findRoot(target, options) {
  if (target.debian) return findDebian(target, options);
  if (!target.from) return join(options.home, "proto");
  return join(dirname(require.resolve(`${target.from}/package.json`)), target.root ?? ".");
}
