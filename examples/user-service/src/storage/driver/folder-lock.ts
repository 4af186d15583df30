// The lock file of a data folder: an embedded database is ruined when two processes open it.
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { StartupError } from "../../startup-error.js";

/** A lock that is held. */
export interface FolderLock {
  /** Lets go of the folder. Without effect the second time. */
  release(): void;
}

// A lock file with our own pid may be left over from an earlier life: in a container every start has
// the same pid. So what this process itself holds is remembered here.
const heldHere = new Set<string>();

/**
 * Locks a folder, making it if needed. A lock whose process has ended is taken over.
 * @throws {StartupError} when a living process holds the folder, naming both.
 */
export function lockFolder(folder: string): FolderLock {
  const path = join(resolve(folder), "lock.pid");
  if (heldHere.has(path)) throw inUse(folder, process.pid);
  makeFolder(resolve(folder));
  // Written before it gets its name, so nobody ever reads a lock without its content.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, describeProcess(process.pid));
  try {
    if (!tryLink(draft, path)) {
      removeStale(folder, path);
      if (!tryLink(draft, path)) throw inUse(folder, readHolder(path)?.pid ?? 0);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  heldHere.add(path);
  return {
    release() {
      if (heldHere.delete(path)) rmSync(path, { force: true });
    },
  };
}

// Not `recursive`: where no folder can be made, as in /proc, Node 20 tries again for ever.
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

interface Holder {
  readonly pid: number;
  readonly text: string;
}

function inUse(folder: string, pid: number): StartupError {
  return new StartupError(`the data folder ${folder} is in use by process ${pid}`);
}

function removeStale(folder: string, path: string): void {
  const holder = readHolder(path);
  if (holder === undefined) {
    rmSync(path, { force: true });
    return;
  }
  if (isRunning(holder)) throw inUse(folder, holder.pid);
  // Two processes may find the same stale lock. The slower one would remove the new lock of the
  // faster one, so it looks at what it has in hand before it throws it away.
  const removed = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, removed);
  } catch {
    return;
  }
  const found = readHolder(removed);
  if (found !== undefined && found.text !== holder.text) tryLink(removed, path);
  rmSync(removed, { force: true });
}

// link(2) is atomic: it fails when the name is taken.
function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    const text = readFileSync(path, "utf8");
    const pid = Number.parseInt(text, 10);
    return pid > 0 ? { pid, text } : undefined;
  } catch {
    return undefined;
  }
}

/** The same pid may belong to another process by now: then its start time differs. */
function isRunning(holder: Holder): boolean {
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: there is such a process, and it belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return holder.text === describeProcess(holder.pid) || !holder.text.includes("started");
}

function describeProcess(pid: number): string {
  try {
    // Field 22 of proc(5) stat; the name in field 2 is in parentheses and may hold spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const startTicks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${pid} started ${startTicks}\n`;
  } catch {
    return `${pid}\n`;
  }
}
