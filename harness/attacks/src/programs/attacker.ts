// The attacker: opens connections to our server and does on each what the table says, again and again.
import { connect as connectNet, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { answerQuestions } from "@trunkline/testkit";
import type { Attack } from "../attack.js";
import { findAttacks } from "../catalogue.js";
import { RawPeer, type Seen } from "../wire/raw-peer.js";
import { runConnection } from "./connection.js";
import type { Ports } from "./server.js";

const redialMs = 10;
/** Connections of one attack, all lanes together. */
const mostConnections = 4000;
const host = "127.0.0.1";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function dialTls(attack: Attack, port: number): Promise<TLSSocket> {
  const isOld = attack.transport === "tls-renegotiation";
  const socket = connectTls({
    host,
    port,
    ALPNProtocols: ["h2"],
    rejectUnauthorized: false,
    ...(isOld ? { maxVersion: "TLSv1.2" as const } : {}),
  });
  return new Promise((resolve, reject) => {
    socket.once("secureConnect", () => {
      if (isOld) renegotiate(socket);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** Asks for a new handshake again and again. */
function renegotiate(socket: TLSSocket): void {
  if (socket.destroyed) return;
  socket.renegotiate({ rejectUnauthorized: false }, (error) => {
    if (error === null) setImmediate(() => renegotiate(socket));
  });
}

function dialPlain(port: number): Promise<Socket> {
  const socket = connectNet({ host, port, noDelay: true });
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

function dial(attack: Attack, ports: Ports): Promise<Socket> {
  const { transport = "plain" } = attack;
  if (transport === "plain") return dialPlain(ports.plain);
  if (transport === "tls-handshake") return dialPlain(ports.tls);
  return dialTls(attack, ports.tls);
}

interface Order {
  readonly name: string;
  readonly ports: Ports;
  readonly ms: number;
}

async function run({ name, ports, ms }: Order): Promise<Seen[]> {
  const [attack] = findAttacks([name]) as [Attack];
  const endsMs = performance.now() + ms;
  const seen: Seen[] = [];
  let dialled = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < endsMs && dialled++ < mostConnections) {
      const socket = await dial(attack, ports).catch(() => undefined);
      if (socket !== undefined) {
        const behaviour = { ...attack.behaviour, role: "client" } as const;
        const greets = attack.transport === "tls-handshake" ? false : behaviour.greets;
        const peer = new RawPeer(socket, { ...behaviour, greets });
        seen.push(await runConnection(peer, attack, endsMs));
      }
      await pause(redialMs);
    }
  };
  await Promise.all(Array.from({ length: attack.lanes ?? 2 }, lane));
  return seen;
}

answerQuestions({ run });
