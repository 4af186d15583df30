// Compression: of a channel, of one call and of one message, what a handler chooses, and an encoding of one's own.
import {
  type Channel,
  type Client,
  createChannel,
  type MessageEncoding,
  uncompressed,
} from "@trunkline/client";
import { createServer, type Server, type ServerCall } from "@trunkline/server";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** A channel whose requests are compressed from 4 KiB on. */
export function createCompressingChannel(target: string): Channel {
  return createChannel(target, { compression: { encoding: "gzip", minBytes: 4096 } });
}

/** One call with another encoding, one without any, and one message that is left alone. */
export async function greetThrice(greeter: Client<typeof GreeterService>): Promise<void> {
  const name = "Ada ".repeat(2000);
  await greeter.sayHello({ name }, { compression: { encoding: "br", level: 9 } });
  await greeter.sayHello({ name }, { compression: "identity" });
  await greeter.sayHello(uncompressed({ name }), { compression: "gzip" });
}

/** A server that answers in gzip where the client accepts it, though not what is short of time. */
export function createCompressingServer(): Server {
  const server = createServer({ compression: { encoding: "gzip", level: 1 } });
  return server.addService(GreeterService, {
    sayHello({ name }, call: ServerCall) {
      const left = call.timeRemainingMs() ?? Infinity;
      if (left < 50) call.responseCompression = "identity";
      return { greeting: `Hello, ${name}!` };
    },
  });
}

/** Runs of the same byte become its number and the byte. */
export const runLength: MessageEncoding = {
  name: "x-run-length",
  compress(bytes) {
    const runs: number[] = [];
    for (let i = 0, length = 0; i < bytes.length; i += length) {
      length = 1;
      while (bytes[i + length] === bytes[i] && length < 255) length++;
      runs.push(length, bytes[i] ?? 0);
    }
    return Uint8Array.from(runs);
  },
  decompress(runs, maxBytes) {
    if (runs.length % 2 !== 0) throw new Error("a run is cut off");
    const lengths = runs.filter((_, i) => i % 2 === 0);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    if (total > maxBytes) return undefined;
    const bytes = new Uint8Array(total);
    for (let i = 0, at = 0; i < lengths.length; at += lengths[i++] ?? 0) {
      bytes.fill(runs[2 * i + 1] ?? 0, at, at + (lengths[i] ?? 0));
    }
    return bytes;
  },
};
