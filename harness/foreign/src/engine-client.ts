// Our engine as an HTTP client that makes the exchanges with a foreign server.
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { bindDuplex, type Connection, type HeaderList, type StreamSink } from "@trunkline/http2";
import { type Exchange, exchanges, type Outcome, toOutcome } from "./exchanges.js";

const nothing = (): void => undefined;
const host = "127.0.0.1";

function toRecord(fields: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) record[fields[i]!] = fields[i + 1]!;
  return record;
}

function customOf(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name.startsWith("x-")));
}

/** One exchange; settles with what came back, or with why nothing did. */
function make(connection: Connection, scheme: string, exchange: Exchange): Promise<Outcome> {
  const { promise, resolve, reject } = defer<Outcome>();
  const body: Uint8Array[] = [];
  let head: Record<string, string> = {};
  const finish = (trailers: Record<string, string>): void => {
    const whole = Buffer.concat(body);
    const status = Number(head[":status"]);
    resolve(toOutcome(exchange.name, status, whole, customOf(head), customOf(trailers)));
  };
  const sink: StreamSink = {
    headersReceived({ fields }: HeaderList, endStream) {
      head = toRecord(fields);
      if (endStream) finish({});
    },
    dataReceived(bytes, endStream) {
      body.push(bytes.slice());
      connection.consume(id, bytes.length);
      if (endStream) finish({});
    },
    trailersReceived: ({ fields }) => finish(toRecord(fields)),
    streamReset: ({ message }) => reject(new Error(`${exchange.name}: ${message}`)),
    writable: nothing,
  };
  const { method, path, headers = [] } = exchange;
  const pseudo = [":method", method, ":scheme", scheme, ":path", path, ":authority", host];
  const block = { fields: [...pseudo, ...headers] };
  const id = connection.openStream(block, exchange.body === undefined, sink, performance.now());
  if (id === 0) reject(new Error(`${exchange.name}: no stream could be opened`));
  else if (exchange.body !== undefined) connection.sendData(id, exchange.body.slice(), true);
  return promise;
}

/** Makes all exchanges at a time on one connection, and ends it well. */
export async function makeExchanges(
  port: number,
  authority: string | undefined,
): Promise<Outcome[]> {
  const isTls = authority !== undefined;
  const socket = isTls
    ? connectTls({ host, port, ca: authority, servername: "localhost", ALPNProtocols: ["h2"] })
    : connect({ host, port, noDelay: true });
  await once(socket, isTls ? "secureConnect" : "connect");
  const ready = defer<void>();
  const ended = defer<string>();
  const connection: Connection = bindDuplex(socket, {
    role: "client",
    sink: {
      streamOpened: () => {
        throw new Error("a server opens no streams");
      },
      settingsReceived: (_settings, first) => first && ready.resolve(),
      goawayReceived: nothing,
      pingAcked: nothing,
      streamsAvailable: nothing,
      closed: ({ code, message }) => {
        ready.resolve();
        ended.resolve(code === 0 ? "" : message);
      },
    },
  });
  await ready.promise;
  const wanted = exchanges.flatMap((one) => Array.from({ length: one.times ?? 1 }, () => one));
  const scheme = isTls ? "https" : "http";
  const outcomes = await Promise.all(wanted.map((one) => make(connection, scheme, one)));
  connection.drain(performance.now());
  const complaint = await ended.promise;
  if (complaint !== "") throw new Error(`the connection did not end well: ${complaint}`);
  return outcomes;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: Error): void;
}

function defer<T>(): Deferred<T> {
  let [resolve, reject]: [Deferred<T>["resolve"], Deferred<T>["reject"]] = [nothing, nothing];
  const promise = new Promise<T>((resolved, rejected) => {
    [resolve, reject] = [resolved, rejected];
  });
  return { promise, resolve, reject };
}
