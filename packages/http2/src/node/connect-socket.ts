// Connects sockets that read into one buffer shared by all of them, where Node would allocate for each read.
import { connect, type NetConnectOpts, type Socket } from "node:net";
import type { ByteStream } from "./byte-stream.js";
import { type ReadReceiver, readIntoSharedBuffer, sharedReadBuffer } from "./shared-reads.js";

const inlets: WeakMap<ByteStream, SocketInlet> = new WeakMap();

/** Where the reads of one socket go; what comes before anybody wants it is kept. */
export class SocketInlet {
  #receiver: ReadReceiver | undefined = undefined;
  #early: Uint8Array[] = [];

  read(byteCount: number, buffer: Uint8Array): boolean {
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, byteCount);
    if (this.#receiver === undefined) this.#early.push(bytes.slice());
    else {
      if (this.#early.length > 0) this.#handOver(this.#receiver);
      this.#receiver(bytes);
    }
    return true;
  }

  attach(receiver: ReadReceiver): void {
    this.#receiver = receiver;
    if (this.#early.length > 0) queueMicrotask(() => this.#handOver(receiver));
  }

  #handOver(receiver: ReadReceiver): void {
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) receiver(bytes);
  }
}

/**
 * Connects a socket for `bindDuplex`, which alone can read from it: it never emits `data`. Saves 64 KiB
 * of garbage a read. Takes the options of `net.connect`, and like it returns before the socket is connected.
 */
export function connectSocket(options: NetConnectOpts): Socket {
  const inlet = new SocketInlet();
  const onread = {
    buffer: sharedReadBuffer(),
    callback: (byteCount: number, buffer: Uint8Array) => inlet.read(byteCount, buffer),
  };
  const socket = connect({ ...options, onread });
  inlets.set(socket, inlet);
  return socket;
}

/** Has `receiver` called with what is read from `duplex`, from the next microtask on. */
export function attachReceiver(duplex: ByteStream, receiver: ReadReceiver): void {
  const inlet = inlets.get(duplex);
  if (inlet !== undefined) inlet.attach(receiver);
  else if (!readIntoSharedBuffer(duplex, receiver)) duplex.on("data", receiver);
}
