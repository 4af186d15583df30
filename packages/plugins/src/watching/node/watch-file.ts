// Watches a file on Node.js.
import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type FilePort,
  openWatchedFile,
  type WatchedFile,
  type WatchedFileOptions,
} from "../watched-file.js";

const files: FilePort = {
  read: (path) => readFile(path, "utf8"),
  watch(path, changed) {
    try {
      // The folder: editors and Kubernetes put a new file in the place of the old one, which a watch of the file would miss.
      const watcher = watch(dirname(path), { persistent: false }, changed);
      watcher.on("error", () => watcher.close());
      return watcher;
    } catch {
      // Too many watches, or a file system without: looking now and then must do.
      return undefined;
    }
  },
};

/**
 * Reads a text file, and again whenever it changes: keys and policies that are replaced while the server runs. It does
 * not keep the process alive. Rejects when the file cannot be read now; later that is told to the log.
 * @throws {UsageError} when an option is out of its range.
 * @example
 * const file = await watchFile("/etc/users/keys.json");
 * const apiKeys = createApiKeyAuthenticator({ keys: JSON.parse(file.text) });
 * file.onChange((text) => apiKeys.setKeys(JSON.parse(text)));
 */
export function watchFile(path: string, options?: WatchedFileOptions): Promise<WatchedFile> {
  return openWatchedFile(files, path, options);
}
