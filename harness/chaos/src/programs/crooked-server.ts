// A server with the manners of a bad one: silent, refusing, going away all the time, resetting in the middle of answers.
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { bindDuplex, type Connection, type StreamSink } from "@trunkline/http2";
import { answerQuestions } from "@trunkline/testkit";
import type { ListenOrder } from "./server.js";

/**
 * `silent`: accepts, then says nothing. `refuses`: RST_STREAM REFUSED_STREAM for each call. `goes-away`: answers, and sends
 * GOAWAY on each connection every 20 ms, gracefully. `slams`: as before, but at once. `breaks-off`: resets the connection in
 * the middle of every tenth answer. `one-call`: GOAWAY with each answer. `sound`: none of that any more.
 */
export type Manners =
  | "silent"
  | "refuses"
  | "goes-away"
  | "slams"
  | "breaks-off"
  | "one-call"
  | "sound";

const refusedStream = 0x7;
const goawayEveryMs = 20;
const nothing = (): void => undefined;
const connections = new Map<Connection, Socket>();
let manners: Manners = "silent";
let name = "";
let streams = 0;
let server: Server;

const answerFrame = Uint8Array.of(0, 0, 0, 0, 0);

/** Half an answer: the message says that it is longer than what is sent. */
const halfFrame = Uint8Array.of(0, 0, 0, 0, 200, 10);

function answer(connection: Connection, socket: Socket, id: number): void {
  if (manners === "refuses") {
    connection.resetStream(id, refusedStream);
    return;
  }
  if (manners === "one-call") connection.drain(performance.now(), "one call is enough");
  const fields = [":status", "200", "content-type", "application/grpc", "x-server", name];
  connection.sendHeaders(id, { fields }, false);
  if (manners === "breaks-off" && ++streams % 10 === 0) {
    connection.sendData(id, halfFrame.slice(), false);
    setTimeout(() => socket.resetAndDestroy(), 2);
    return;
  }
  connection.sendData(id, answerFrame.slice(), false);
  connection.sendHeaders(id, { fields: ["grpc-status", "0"] }, true);
}

function openExchange(connection: Connection, socket: Socket, id: number): StreamSink {
  return {
    headersReceived: nothing,
    dataReceived(bytes, endStream) {
      connection.consume(id, bytes.length);
      if (endStream) answer(connection, socket, id);
    },
    trailersReceived: nothing,
    streamReset: nothing,
    writable: nothing,
  };
}

function serve(socket: Socket): void {
  socket.on("error", nothing);
  if (manners === "silent") return;
  const connection: Connection = bindDuplex(socket, {
    role: "server",
    sink: {
      streamOpened: (id) => openExchange(connection, socket, id),
      settingsReceived: nothing,
      goawayReceived: nothing,
      pingAcked: nothing,
      streamsAvailable: nothing,
      closed: () => connections.delete(connection),
    },
  });
  connections.set(connection, socket);
}

setInterval(() => {
  if (manners !== "goes-away" && manners !== "slams") return;
  for (const connection of connections.keys()) {
    if (manners === "slams") connection.goAway(0, "go away");
    else if (!connection.isDraining) connection.drain(performance.now(), "go away");
  }
}, goawayEveryMs).unref();

answerQuestions({
  async listen({ host, port, options }: Omit<ListenOrder, "options"> & { options: Manners }) {
    manners = options;
    server = createServer({ noDelay: true }, serve);
    server.listen(port, host);
    await once(server, "listening");
    const { port: chosen } = server.address() as AddressInfo;
    name = `${host}:${chosen}`;
    return chosen;
  },
  behave(order: Manners) {
    manners = order;
  },
});
