// The malicious server: does to each client that comes what the table says.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { answerQuestions } from "@trunkline/testkit";
import type { Attack } from "../attack.js";
import { findAttacks } from "../catalogue.js";
import { RawPeer, type Seen } from "../wire/raw-peer.js";
import { runConnection } from "./connection.js";

const running: Promise<Seen>[] = [];

answerQuestions({
  async listen({ name, ms }: { name: string; ms: number }): Promise<number> {
    const [attack] = findAttacks([name]) as [Attack];
    const endsMs = performance.now() + ms;
    const server = createServer({ noDelay: true }, (socket) => {
      const peer = new RawPeer(socket, { ...attack.behaviour, role: "server" });
      running.push(runConnection(peer, attack, endsMs));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  },
  /** What was seen on each connection, once the last has ended. */
  seen: () => Promise.all(running),
});
