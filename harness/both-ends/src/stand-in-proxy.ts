// Proxies on loopback for tests: HTTP CONNECT with and without TLS, and SOCKS5; they write down what they were asked.
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** What a proxy does besides its work. */
export interface StandInOptions {
  /** `user:password` that it wants. Default: it lets everybody in. */
  readonly login?: string;
  /** TLS to the proxy. Default none. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Answers each CONNECT with this, and opens no tunnel. */
  readonly refusal?: string;
  /** SOCKS: answers each request with this code. */
  readonly reply?: number;
  /** Sent between the answer and the first bytes of the server, in the same packet as the answer. */
  readonly interim?: string;
  /** Where names lead; others are an error. Default: all to 127.0.0.1. */
  readonly hosts?: Readonly<Record<string, string>>;
}

/** See the file's first line. */
export class StandInProxy {
  /** The target of each request, `users.example:443`. */
  readonly requests: string[] = [];
  /** The heads of the CONNECT requests. */
  readonly heads: string[] = [];
  address = "";
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: StandInOptions;

  constructor(kind: "http" | "socks5", options: StandInOptions = {}) {
    this.#options = options;
    const accept = (socket: Socket): void => {
      this.#keep(socket);
      void (kind === "http" ? this.#serveHttp(socket) : this.#serveSocks(socket)).catch(() =>
        socket.destroy(),
      );
    };
    this.#server = options.tls ? createTlsServer(options.tls, accept) : createServer(accept);
    this.#server.on("connection", (socket: Socket) => this.#keep(socket));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.address = `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }

  async #serveHttp(socket: Socket): Promise<void> {
    let head = "";
    while (!head.endsWith("\r\n\r\n")) head += (await read(socket, 1)).toString("latin1");
    this.heads.push(head);
    const target = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1] ?? "";
    this.requests.push(target);
    const { login, refusal, interim = "" } = this.#options;
    const given = /^proxy-authorization: basic (\S+)/im.exec(head)?.[1] ?? "";
    if (login !== undefined && Buffer.from(given, "base64").toString() !== login) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n");
      return;
    }
    if (refusal !== undefined) {
      socket.end(refusal);
      return;
    }
    const [, host = "", port] = /^\[?(.*?)\]?:(\d+)$/.exec(target) ?? [];
    await this.#tunnel(socket, host, Number(port), `${interim}HTTP/1.1 200 OK\r\nvia: x\r\n\r\n`);
  }

  async #serveSocks(socket: Socket): Promise<void> {
    const [, count = 0] = await read(socket, 2);
    const methods = [...(await read(socket, count))];
    const { login, reply } = this.#options;
    const method = login === undefined ? 0 : methods.includes(2) ? 2 : 0xff;
    socket.write(Buffer.from([5, method]));
    if (method === 2 && !(await this.#checkLogin(socket))) return;
    const [, , , type] = await read(socket, 4);
    const host = await readHost(socket, type ?? 0);
    const port = (await read(socket, 2)).readUInt16BE();
    this.requests.push(`${host}:${port}`);
    if (reply !== undefined) {
      socket.end(Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]));
      return;
    }
    // Bound to a name: the longest of the three forms of an address.
    await this.#tunnel(socket, host, port, Buffer.from([5, 0, 0, 3, 2, 104, 105, 0, 1]));
  }

  async #checkLogin(socket: Socket): Promise<boolean> {
    const [, userLength = 0] = await read(socket, 2);
    const user = await read(socket, userLength);
    const [passwordLength = 0] = await read(socket, 1);
    const password = await read(socket, passwordLength);
    const isRight = `${user}:${password}` === this.#options.login;
    isRight ? socket.write(Buffer.from([1, 0])) : socket.end(Buffer.from([1, 1]));
    return isRight;
  }

  /** The answer leaves together with the first bytes of the server, to see that none of them is lost. */
  async #tunnel(
    socket: Socket,
    host: string,
    port: number,
    answer: string | Buffer,
  ): Promise<void> {
    const to = this.#options.hosts === undefined ? "127.0.0.1" : this.#options.hosts[host];
    const upstream = connect(port, to ?? "unknown.invalid");
    this.#keep(upstream);
    await new Promise((resolve, reject) => upstream.once("connect", resolve).once("error", reject));
    socket.cork();
    socket.write(answer);
    upstream.pipe(socket);
    socket.pipe(upstream);
    upstream.once("data", () => process.nextTick(() => socket.uncork()));
    // TLS servers wait for the client to speak first.
    setImmediate(() => socket.uncork());
  }
}

async function read(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = length === 0 ? Buffer.alloc(0) : socket.read(length);
    if (bytes !== null) return bytes;
    await new Promise<void>((resolve, reject) => {
      socket.once("readable", resolve);
      socket.once("end", () => reject(new Error("ended")));
    });
  }
}

async function readHost(socket: Socket, type: number): Promise<string> {
  if (type === 1) return [...(await read(socket, 4))].join(".");
  if (type === 3) return (await read(socket, (await read(socket, 1))[0] ?? 0)).toString();
  const groups = (await read(socket, 16)).toString("hex").match(/.{4}/g) ?? [];
  return groups.join(":");
}
