// Binary logs: calls with all that was sent, written to a file and read again.
import { readFile } from "node:fs/promises";
import {
  type BinaryLogFile,
  formatLogEntry,
  openBinaryLogFile,
  readBinaryLog,
  serverBinaryLog,
} from "@trunkline/plugins/binary-log";
import { createServer, type Server } from "@trunkline/server";

/** A server that keeps the head and 4 KiB of each message of the calls of one service, up to a gibibyte. */
export async function createRecordedServer(
  path: string,
): Promise<{ server: Server; sink: BinaryLogFile }> {
  const sink = await openBinaryLogFile(path, { maxFileBytes: 2 ** 30 });
  const filter = "trunkline.examples.hello.v1.GreeterService/*{h;m:4096}";
  const server = createServer({ observers: [serverBinaryLog({ sink, filter })] });
  return { server, sink };
}

/** What is in a binary log, a line for each entry. */
export async function describeLog(path: string): Promise<string[]> {
  return [...readBinaryLog(await readFile(path))].map(formatLogEntry);
}
