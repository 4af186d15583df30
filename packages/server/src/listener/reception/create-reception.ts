// What an accepted connection goes through until it speaks HTTP/2: PROXY protocol, TLS, a look at the first bytes.
import type { Server, Socket } from "node:net";
import type { ReloadableTlsServerCredentials, TlsServerCredentials } from "@trunkline/core";
import type { ListenPlan } from "../listen-options.js";
import type { ListenerSetup } from "../listener-setup.js";
import type { ProxyProtocolPlan } from "../proxy-protocol/options.js";
import { receiveProxyHeader } from "../proxy-protocol/receive-header.js";
import { createTlsListener } from "../tls/tls-listener.js";
import type { Arrivals } from "./arrivals.js";
import { refuseSocket } from "./http1-answer.js";
import { createHttp1Intake, type Http1Intake } from "./http1-requests.js";
import { Intake } from "./intake.js";
import { sniffProtocol } from "./sniffer.js";

type Step = (socket: Socket) => void;

/** The way of each connection of one listener. */
export interface Reception {
  /** Takes each connection that was accepted elsewhere than by `server`. */
  readonly begin: Step;
  /** What has to listen by itself, undefined for a server that calls `begin`. */
  readonly server: Server | undefined;
  /** Lets go of what `begin` needs. */
  close(): void;
}

/**
 * Makes the way of each connection of one listener.
 * @throws {UsageError} when certificate and key cannot be used.
 */
export async function createReception(
  plan: ListenPlan,
  setup: ListenerSetup,
  arrivals: Arrivals,
): Promise<Reception> {
  const http1 = plan.http1 && (await createHttp1Intake(plan.http1, setup.log));
  const { credentials, proxyProtocol } = plan;
  if (credentials.kind === "plaintext") {
    const sniff = createSniffStep(setup, arrivals, http1);
    const begin = withProxies(sniff, proxyProtocol, setup, arrivals);
    return { server: undefined, begin, close: () => {} };
  }
  const server = await createTls(credentials, setup, arrivals, http1);
  const begin: Step = (socket) => server.emit("connection", socket);
  const close = (): unknown => server.close();
  if (proxyProtocol === undefined) return { server, begin, close };
  return { server: undefined, begin: withProxies(begin, proxyProtocol, setup, arrivals), close };
}

/** Has proxies say for whom they connect first. */
function withProxies(
  begin: Step,
  plan: ProxyProtocolPlan | undefined,
  { log, counters, handshakeTimeoutMs }: ListenerSetup,
  arrivals: Arrivals,
): Step {
  if (plan === undefined) return begin;
  return (socket) => {
    arrivals.sniffing(socket);
    receiveProxyHeader(socket, { plan, log, counters, handshakeTimeoutMs }, begin);
  };
}

/** Under TLS, ALPN tells what is spoken. */
function createTls(
  credentials: TlsServerCredentials | ReloadableTlsServerCredentials,
  setup: ListenerSetup,
  arrivals: Arrivals,
  http1: Http1Intake | undefined,
): Promise<Server> {
  const tlsSetup = {
    ...setup,
    offersHttp1: http1 !== undefined,
    onHttp2: (socket: Socket): void => {
      arrivals.begun(socket);
      setup.onHttp2(socket);
    },
  };
  return createTlsListener(credentials, tlsSetup, (socket) => {
    arrivals.begun(socket);
    if (http1 === undefined) refuseSocket(socket);
    else http1(socket);
  });
}

function createSniffStep(
  setup: ListenerSetup,
  arrivals: Arrivals,
  http1: Http1Intake | undefined,
): Step {
  const intake = new Intake();
  const sniffSetup = {
    handshakeTimeoutMs: setup.handshakeTimeoutMs,
    counters: setup.counters,
    onHttp1: http1 && toCounted(http1, arrivals),
  };
  return (socket) => {
    arrivals.sniffing(socket);
    sniffProtocol(socket, sniffSetup, (firstBytes) => {
      const begin = (): void => {
        arrivals.begun(socket);
        if (socket.destroyed) return;
        setup.onHttp2(socket, firstBytes);
        if (socket.isPaused()) socket.resume();
      };
      intake.admit(begin, () => holdBack(socket));
    });
    // As it is behind a proxy's header.
    if (socket.isPaused()) socket.resume();
  };
}

function toCounted(http1: Http1Intake, arrivals: Arrivals): Http1Intake {
  return (socket, firstBytes) => {
    arrivals.begun(socket);
    http1(socket, firstBytes);
  };
}

/** Until it begins, nobody reads from it, and nobody else hears that it is gone. */
function holdBack(socket: Socket): void {
  socket.pause();
  socket.on("error", () => {});
}
