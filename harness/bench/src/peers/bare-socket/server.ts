// A bare socket without any protocol: bytes come back as they came, or as a whole once all have come. The limit of own pairs.
import * as net from "node:net";
import { announce } from "../sample.js";
import { LENGTH_BYTES, MessageReader } from "./message-reader.js";

/** The first byte of a connection says what is done with the others. */
function serve(socket: net.Socket): void {
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.once("data", (first) => {
    const rest = first.subarray(1);
    if (first[0] === "p".charCodeAt(0)) echoBytes(socket, rest);
    else echoMessages(socket, rest);
  });
}

function echoBytes(socket: net.Socket, first: Buffer): void {
  if (first.length > 0) socket.write(first);
  socket.on("data", (bytes) => socket.write(bytes));
}

/** One copy: into the message. */
function echoMessages(socket: net.Socket, first: Buffer): void {
  const reader = new MessageReader((message) => {
    const head = Buffer.allocUnsafe(LENGTH_BYTES);
    head.writeUInt32BE(message.length);
    socket.cork();
    socket.write(head);
    socket.write(message);
    socket.uncork();
  });
  reader.read(first);
  socket.on("data", (bytes) => reader.read(bytes));
}

const server = net.createServer(serve);
server.listen(0, "127.0.0.1", () => announce((server.address() as net.AddressInfo).port));
