// How the runner talks to its peers: messages on standard input and output, each behind its length in four bytes.
import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";

const LENGTH_BYTES = 4;

/** The messages of standard input, until it ends. */
export async function* readMessages<D extends DescMessage>(
  schema: D,
): AsyncGenerator<MessageShape<D>, void, undefined> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    pending = Buffer.concat([pending, chunk as Buffer]);
    for (let end = messageEnd(pending); end <= pending.length; end = messageEnd(pending)) {
      yield fromBinary(schema, pending.subarray(LENGTH_BYTES, end));
      pending = pending.subarray(end);
    }
  }
}

function messageEnd(pending: Buffer): number {
  return pending.length < LENGTH_BYTES ? Infinity : LENGTH_BYTES + pending.readUInt32BE(0);
}

/** Writes a message to standard output, in one piece. */
export function writeMessage<D extends DescMessage>(schema: D, message: MessageShape<D>): void {
  const bytes = toBinary(schema, message);
  const framed = Buffer.alloc(LENGTH_BYTES + bytes.length);
  framed.writeUInt32BE(bytes.length, 0);
  framed.set(bytes, LENGTH_BYTES);
  process.stdout.write(framed);
}
