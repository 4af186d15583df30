// What Kubernetes mounts into each pod: the token of its service account, the CA of the API server, the namespace.
import { readFile } from "node:fs/promises";

/** Reads one of the files. @throws {Error} that names it. */
export async function readClusterFile(folder: string, name: string): Promise<string> {
  const path = `${folder}/${name}`;
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the file of the service account cannot be read: ${why}`, { cause });
  }
}
