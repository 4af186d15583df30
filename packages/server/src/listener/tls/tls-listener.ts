// Listens for TLS: hands each connection to the certificate that it asks for, and takes other credentials while it runs.
import { createServer, type Server, type Socket } from "node:net";
import type { Server as TlsServer } from "node:tls";
import {
  isReloadable,
  type Log,
  namesOfKind,
  parseAltNames,
  type ReloadableTlsServerCredentials,
  type TlsServerCredentials,
  tlsInForce,
} from "@trunkline/core";
import type { ListenerCounters } from "../listener-counters.js";
import { tcpOptions } from "../tcp-options.js";
import { NameTable } from "./name-table.js";
import { peekServerName, refuseServerName } from "./peek-server-name.js";
import { Refusals } from "./refusals.js";
import { createAcceptor, type TlsAcceptorSetup } from "./tls-acceptor.js";

/** What a TLS listener needs to know besides its credentials. */
export interface TlsListenerSetup {
  readonly log: Log;
  readonly handshakeTimeoutMs: number;
  readonly tcpKeepaliveMs: number;
  readonly counters: ListenerCounters;
  /** Whether HTTP/1.1 is offered as well. Default false. */
  readonly offersHttp1?: boolean | undefined;
  onHttp2(socket: Socket): void;
}

/**
 * A listening socket for TLS, which does not listen yet.
 * @param onUnagreed a client that has not agreed to HTTP/2 by ALPN.
 * @throws {UsageError} when certificate and key cannot be used.
 */
export async function createTlsListener(
  credentials: TlsServerCredentials | ReloadableTlsServerCredentials,
  setup: TlsListenerSetup,
  onUnagreed: (socket: Socket) => void,
): Promise<Server> {
  // They take a while to load: servers without TLS do not.
  const [tls, crypto] = await Promise.all([import("node:tls"), import("node:crypto")]);
  const { log, handshakeTimeoutMs, counters } = setup;
  const acceptorSetup: TlsAcceptorSetup = {
    tls,
    crypto,
    handshakeTimeoutMs,
    counters,
    offersHttp1: setup.offersHttp1 ?? false,
    refusals: new Refusals(log, counters),
    onHttp2: setup.onHttp2,
    onUnagreed,
  };
  const namesIn: NamesIn = (pem) =>
    namesOfKind("DNS", parseAltNames(new crypto.X509Certificate(pem).subjectAltName ?? ""));
  const open = (next: TlsServerCredentials): Acceptors =>
    openAcceptors(next, acceptorSetup, namesIn);
  let inUse = open(tlsInForce(credentials));
  const server = createServer(tcpOptions(setup.tcpKeepaliveMs), (socket) => {
    accept(socket, inUse, acceptorSetup);
  });
  if (isReloadable(credentials)) {
    const release = credentials.adopt((next) => {
      const opened = open(next);
      return () => {
        inUse = opened;
      };
    });
    server.on("close", release);
  }
  return server;
}

/** The DNS names in a certificate. */
type NamesIn = (pem: string | Uint8Array) => readonly string[];

/** One for each certificate, all made of the same credentials. */
interface Acceptors {
  readonly usual: TlsServer;
  /** Undefined when the name makes no difference. */
  readonly named: NameTable<TlsServer> | undefined;
  readonly refusesUnknown: boolean;
}

function openAcceptors(
  credentials: TlsServerCredentials,
  setup: TlsAcceptorSetup,
  namesIn: NamesIn,
): Acceptors {
  const { certificates, unknownServerName } = credentials;
  const usual = createAcceptor(credentials, credentials, "the server", setup);
  const refusesUnknown = unknownServerName === "refuse";
  if (certificates.length === 0 && !refusesUnknown) {
    return { usual, named: undefined, refusesUnknown };
  }
  const named = new NameTable<TlsServer>();
  for (const [index, certificate] of certificates.entries()) {
    const acceptor = createAcceptor(credentials, certificate, `certificates[${index}]`, setup);
    const names = certificate.serverNames ?? namesIn(certificate.cert);
    for (const name of names) named.add(name, acceptor);
  }
  for (const name of namesIn(credentials.cert)) named.add(name, usual);
  return { usual, named, refusesUnknown };
}

function accept(
  socket: Socket,
  { usual, named, refusesUnknown }: Acceptors,
  setup: TlsAcceptorSetup,
): void {
  if (named === undefined) {
    usual.emit("connection", socket);
    return;
  }
  const { counters, handshakeTimeoutMs, refusals } = setup;
  const onTimeout = (): void => {
    counters.handshakeTimeouts++;
  };
  peekServerName(socket, handshakeTimeoutMs, onTimeout, (name) => {
    const chosen = name === undefined ? usual : named.find(name);
    if (chosen !== undefined || !refusesUnknown) {
      (chosen ?? usual).emit("connection", socket);
      return;
    }
    refusals.nameRefused(name ?? "", socket);
    refuseServerName(socket);
  });
}
