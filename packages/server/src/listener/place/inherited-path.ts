// The path of a unix-domain socket that this process has inherited, which Node.js does not know.
import { readFileSync, readlinkSync } from "node:fs";

/** Of Linux; elsewhere, and where it is not found, the socket is named by its number. */
export function inheritedPath(fd: number | undefined): string {
  try {
    const inode = /^socket:\[([0-9]+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
    return findPath(readFileSync("/proc/net/unix", "utf8"), inode) ?? `fd:${fd}`;
  } catch {
    return `fd:${fd}`;
  }
}

/** Columns: number, references, protocol, flags, type, state, inode, and the path, if it has one. */
export function findPath(table: string, inode: string | undefined): string | undefined {
  const line = table.split("\n").find((text) => text.trim().split(/ +/)[6] === inode);
  const path = line === undefined ? undefined : /(?:\S+ +){7}(.+)$/.exec(line)?.[1];
  return path?.startsWith("@") ? `\0${path.slice(1)}` : path;
}
