// The other end of the bare socket: one round trip at a time.
import * as net from "node:net";
import type { Chat, CreateDriver } from "../driver.js";
import { LENGTH_BYTES, MessageReader } from "./message-reader.js";

/** What a ping of the other contestants takes on the wire, about. */
const PING_BYTES = 21;

function open(port: number, mode: string): net.Socket {
  const socket = net.connect({ host: "127.0.0.1", port, noDelay: true });
  socket.write(mode);
  return socket;
}

/** Resolves each round trip with what came back. */
class RoundTrips<T> {
  #resolve: ((answer: T) => void) | undefined;

  start(send: () => void): Promise<T> {
    const answer = new Promise<T>((resolve) => {
      this.#resolve = resolve;
    });
    send();
    return answer;
  }

  received(answer: T): void {
    this.#resolve?.(answer);
  }
}

export const createDriver: CreateDriver = (port) => {
  const sockets: net.Socket[] = [];
  const echoes = new RoundTrips<Uint8Array>();
  let echoSocket: net.Socket | undefined;

  function openEcho(): net.Socket {
    const socket = open(port, "e");
    const reader = new MessageReader((message) => echoes.received(message));
    socket.on("data", (bytes) => reader.read(bytes));
    sockets.push(socket);
    return socket;
  }

  function notThere(): never {
    throw new Error("a bare socket has no such calls");
  }

  return {
    async getUser() {
      notThere();
    },
    async listUsers() {
      return notThere();
    },
    async openChat(): Promise<Chat> {
      const socket = open(port, "p");
      sockets.push(socket);
      const trips = new RoundTrips<Uint8Array>();
      socket.on("data", (bytes) => trips.received(bytes));
      const ping = Buffer.alloc(PING_BYTES, 1);
      return {
        async roundTrip() {
          const pong = await trips.start(() => socket.write(ping));
          if (pong.length !== PING_BYTES) throw new Error("wrong reply");
        },
        end: () => void socket.destroy(),
      };
    },
    async echo(payload) {
      echoSocket ??= openEcho();
      const socket = echoSocket;
      const head = Buffer.allocUnsafe(LENGTH_BYTES);
      head.writeUInt32BE(payload.length);
      const reply = await echoes.start(() => {
        socket.cork();
        socket.write(head);
        socket.write(payload);
        socket.uncork();
      });
      if (reply.length !== payload.length) throw new Error("wrong length");
    },
    async upload() {
      return notThere();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
};
