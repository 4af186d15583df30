// The listening sockets of the primary process, whose connections go to the workers.
import { createServer, type Server, type Socket } from "node:net";
import { bindOrReplace } from "../place/bind.js";
import type { ListenAddress, ListenPlace } from "../place/listen-address.js";
import { tcpOptions } from "../tcp-options.js";

/** Silence after which the operating system asks whether a client is there, in milliseconds, as the server's default. */
const keepaliveMs = 60_000;

interface SharedSocket {
  readonly server: Server;
  readonly address: ListenAddress;
}

/** Opens each place once, however many workers ask for it. */
export class SharedSockets {
  readonly #open = new Map<string, Promise<SharedSocket>>();
  readonly #onSocket: (key: string, socket: Socket) => void;
  readonly #addresses: ListenAddress[] = [];

  constructor(onSocket: (key: string, socket: Socket) => void) {
    this.#onSocket = onSocket;
  }

  /** Where connections are accepted. */
  get addresses(): readonly ListenAddress[] {
    return this.#addresses;
  }

  /** Two places with the same key are the same. */
  keyOf({ host, port, path, fd }: ListenPlace): string {
    return JSON.stringify(
      fd !== undefined ? { fd } : path !== undefined ? { path } : { host, port },
    );
  }

  /** @throws Error when it cannot be listened there. */
  async open(place: ListenPlace): Promise<ListenAddress> {
    const key = this.keyOf(place);
    let opening = this.#open.get(key);
    if (opening === undefined) {
      opening = this.#listen(key, place);
      this.#open.set(key, opening);
      opening.catch(() => this.#open.delete(key));
    }
    return (await opening).address;
  }

  /** Accepts nothing any more. */
  close(): void {
    for (const opening of this.#open.values()) {
      opening.then(
        ({ server }) => server.close(),
        () => {},
      );
    }
    this.#open.clear();
  }

  async #listen(key: string, place: ListenPlace): Promise<SharedSocket> {
    const options = { ...tcpOptions(keepaliveMs), pauseOnConnect: true };
    const server = createServer(options, (socket) => {
      // Nobody else here hears that it is gone.
      socket.on("error", () => {});
      this.#onSocket(key, socket);
    });
    const address = await bindOrReplace(server, place);
    server.on("error", () => {});
    this.#addresses.push(address);
    return { server, address };
  }
}
