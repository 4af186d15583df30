// A gRPC client as small as can be, for tests that look at what is on the wire.
import { once } from "node:events";
import { connect as connectNet } from "node:net";
import type { Duplex } from "node:stream";
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  bindDuplex,
  type Connection,
  type ConnectionLimits,
  createMemoryPair,
  type HeaderList,
  type StreamResetReason,
  type StreamSink,
} from "@trunkline/http2";
import type { Server } from "../src/server.js";

/** Anything with an input and an output. */
type Method = Pick<DescMethod, "parent" | "name"> & { input: DescMessage; output: DescMessage };

/** How a call begins. */
export interface CallOptions {
  /** Fields that replace or follow the usual ones; undefined removes one. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Whether HEADERS ends the stream. */
  readonly endStream?: boolean;
  /** Bytes are given back to flow control only by `consume()`. */
  readonly manualCredit?: boolean;
}

/** A connection to a server under test. */
export class RawClient {
  readonly engine: Connection;
  readonly closed: Promise<string>;
  readonly #duplex: Duplex;

  constructor(duplex: Duplex, limits?: Partial<ConnectionLimits>) {
    this.#duplex = duplex;
    let settle: (text: string) => void = () => {};
    this.closed = new Promise((resolve) => {
      settle = resolve;
    });
    const sink = {
      streamOpened: (): StreamSink => {
        throw new Error("a client is opened no streams");
      },
      settingsReceived() {},
      goawayReceived() {},
      pingAcked() {},
      streamsAvailable() {},
      closed: (reason: { message: string }) => settle(reason.message),
    };
    this.engine = bindDuplex(duplex, { role: "client", sink, limits });
  }

  /** Opens a call. */
  open<M extends Method>(method: M, options: CallOptions = {}): RawCall<M> {
    const headers: Record<string, string | undefined> = {
      ":method": "POST",
      ":scheme": "http",
      ":path": `/${method.parent.typeName}/${method.name}`,
      ":authority": "test",
      "content-type": "application/grpc",
      te: "trailers",
      ...options.headers,
    };
    const fields = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [name, value],
    );
    const call = new RawCall(this.engine, method, options.manualCredit ?? false);
    call.id = this.engine.openStream(
      { fields },
      options.endStream ?? false,
      call,
      performance.now(),
    );
    return call;
  }

  /** Sends the requests, ends, and waits for the answer. */
  call<M extends Method>(
    method: M,
    requests: readonly MessageInitShape<M["input"]>[],
    options?: CallOptions,
  ): Promise<Outcome<M>> {
    const call = this.open(method, options);
    for (const request of requests) call.send(request);
    call.end();
    return call.outcome;
  }

  close(): void {
    this.#duplex.destroy();
  }
}

/** How a call has ended. */
export interface Outcome<M extends Method> {
  /** Fields of the response head; of the only block of a Trailers-Only response. */
  readonly head: Readonly<Record<string, string>>;
  readonly trailers: Readonly<Record<string, string>>;
  readonly messages: MessageShape<M["output"]>[];
  /** `grpc-status` as a number; -1 when there was none. */
  readonly code: number;
  readonly message: string;
  /** The body, when it is no gRPC. */
  readonly body: Uint8Array;
  readonly reset: StreamResetReason | undefined;
}

/** One call. */
export class RawCall<M extends Method> implements StreamSink {
  id = 0;
  readonly outcome: Promise<Outcome<M>>;
  head: Record<string, string> = {};
  trailers: Record<string, string> = {};
  readonly messages: MessageShape<M["output"]>[] = [];
  /** Bytes received and not given back. */
  unread = 0;
  reset: StreamResetReason | undefined = undefined;
  #body: Buffer = Buffer.alloc(0);
  #parsed = 0;
  #settle: (outcome: Outcome<M>) => void = () => {};
  #waiters: { count: number; resolve: () => void }[] = [];
  readonly #engine: Connection;
  readonly #method: M;
  readonly #manualCredit: boolean;

  constructor(engine: Connection, method: M, manualCredit: boolean) {
    this.#engine = engine;
    this.#method = method;
    this.#manualCredit = manualCredit;
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Sends one request in its envelope. */
  send(request: MessageInitShape<M["input"]>): boolean {
    const { input } = this.#method;
    return this.sendBytes(envelope(toBinary(input, create(input, request))));
  }

  sendBytes(bytes: Uint8Array, endStream = false): boolean {
    return this.#engine.sendData(this.id, bytes, endStream);
  }

  end(): void {
    this.#engine.sendData(this.id, new Uint8Array(0), true);
  }

  cancel(code = 8): void {
    this.#engine.resetStream(this.id, code);
  }

  /** Gives back everything that has been received. */
  consume(): void {
    const { unread } = this;
    this.unread = 0;
    this.#engine.consume(this.id, unread);
  }

  /** Settles when so many messages have come, or the call has ended. */
  received(count: number): Promise<void> {
    if (this.messages.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ count, resolve }));
  }

  headersReceived(list: HeaderList, endStream: boolean): void {
    this.head = toRecord(list);
    if (endStream) this.#finish(this.head);
  }

  dataReceived(bytes: Uint8Array, endStream: boolean): void {
    this.unread += bytes.length;
    this.#body = Buffer.concat([this.#body, bytes]);
    if (this.head["content-type"]?.startsWith("application/grpc")) this.#parse();
    if (!this.#manualCredit) this.consume();
    if (endStream) this.#finish({});
  }

  trailersReceived(list: HeaderList): void {
    this.#finish(toRecord(list));
  }

  streamReset(reason: StreamResetReason): void {
    this.reset = reason;
    this.#finish({});
  }

  writable(): void {}

  #parse(): void {
    for (;;) {
      const rest = this.#body.subarray(this.#parsed);
      const size = rest.length < 5 ? Number.POSITIVE_INFINITY : rest.readUInt32BE(1) + 5;
      if (rest.length < size) break;
      const message = fromBinary(this.#method.output as DescMessage, rest.subarray(5, size));
      this.messages.push(message as MessageShape<M["output"]>);
      this.#parsed += size;
    }
    this.#wake(this.messages.length);
  }

  #wake(count: number): void {
    const ready = this.#waiters.filter((waiter) => waiter.count <= count);
    this.#waiters = this.#waiters.filter((waiter) => waiter.count > count);
    for (const { resolve } of ready) resolve();
  }

  #finish(trailers: Record<string, string>): void {
    this.trailers = trailers;
    this.#wake(Number.POSITIVE_INFINITY);
    this.#settle({
      head: this.head,
      trailers,
      messages: this.messages,
      code: Number(trailers["grpc-status"] ?? -1),
      message: decodeURIComponent(trailers["grpc-message"] ?? ""),
      body: this.#body,
      reset: this.reset,
    });
  }
}

/** A message in its envelope. */
export function envelope(message: Uint8Array, flags = 0): Uint8Array {
  const bytes = Buffer.alloc(5 + message.length);
  bytes[0] = flags;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, 5);
  return bytes;
}

function toRecord({ fields }: HeaderList): Record<string, string> {
  const record: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    record[name] = name in record ? `${record[name]}, ${fields[i + 1]}` : fields[i + 1]!;
  }
  return record;
}

/** Connects to a server in memory. */
export function connectInMemory(server: Server, limits?: Partial<ConnectionLimits>): RawClient {
  const [left, right] = createMemoryPair();
  server.accept(left);
  return new RawClient(right, limits);
}

/** Connects over TCP. */
export async function connectTcp(
  port: number,
  host = "127.0.0.1",
  limits?: Partial<ConnectionLimits>,
): Promise<RawClient> {
  const socket = connectNet({ host, port, noDelay: true });
  await once(socket, "connect");
  return new RawClient(socket, limits);
}
