// Connects sockets that read into one buffer shared by all of them, where Node would allocate for each read.
import { connect, type NetConnectOpts, type Socket } from "node:net";
import type { ByteStream } from "./byte-stream.js";

/** Takes what was read; the bytes are valid only during the call. */
export type ReadReceiver = (bytes: Uint8Array) => void;

/** More than the 64 KiB that Node reads at a time: fewer system calls, and still small beside a CPU's cache. */
const sharedBufferBytes = 131_072;

// Reads are handed on before the next one of any socket begins, so that one buffer will do.
let sharedBuffer: Uint8Array | undefined;
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
  sharedBuffer ??= new Uint8Array(sharedBufferBytes);
  const inlet = new SocketInlet();
  const onread = {
    buffer: sharedBuffer,
    callback: (byteCount: number, buffer: Uint8Array) => inlet.read(byteCount, buffer),
  };
  const socket = connect({ ...options, onread });
  inlets.set(socket, inlet);
  return socket;
}

/** Has `receiver` called with what is read from `duplex`, from the next microtask on. */
export function attachReceiver(duplex: ByteStream, receiver: ReadReceiver): void {
  const inlet = inlets.get(duplex);
  if (inlet === undefined) duplex.on("data", receiver);
  else inlet.attach(receiver);
}
