// Binary logs in files of Node.js.
import { open } from "node:fs/promises";
import {
  type AppendPort,
  type BinaryLogFile,
  type BinaryLogFileOptions,
  createFileSink,
} from "../sink.js";

/** Only its owner may read what calls were about. */
const fileMode = 0o600;

/**
 * Opens a file that entries are appended to; it is made where there is none, readable for its owner alone.
 * Rejects when that is not possible.
 * @throws {UsageError} for an option that cannot be used.
 * @example
 * const sink = await openBinaryLogFile("/var/log/users.binlog", { maxFileBytes: 2 ** 30 });
 */
export async function openBinaryLogFile(
  path: string,
  options?: BinaryLogFileOptions,
): Promise<BinaryLogFile> {
  const handle = await open(path, "a", fileMode);
  const port: AppendPort = {
    append: (bytes) => handle.appendFile(bytes),
    close: () => handle.close(),
  };
  try {
    return createFileSink(port, (await handle.stat()).size, options);
  } catch (error) {
    await handle.close();
    throw error;
  }
}
