// Certificates of servers and clients: from files that are replaced, by name, revoked, close to their end.
import {
  type Channel,
  createChannel,
  tlsChannelCredentials,
  watchTlsChannelCredentials,
} from "@trunkline/client";
import {
  type ReloadableTlsServerCredentials,
  type Server,
  type TlsEvent,
  type TlsServerCredentials,
  tlsServerCredentials,
  type WatchedTlsServerCredentials,
  watchTlsServerCredentials,
} from "@trunkline/server";

/** Mutual TLS out of a folder with `tls.crt`, `tls.key` and `ca.crt`: a secret of Kubernetes, for example. */
export async function serveFromFolder(
  server: Server,
  folder: string,
  onEvent: (event: TlsEvent) => void,
): Promise<WatchedTlsServerCredentials> {
  const credentials = await watchTlsServerCredentials({
    cert: `${folder}/tls.crt`,
    key: `${folder}/tls.key`,
    ca: `${folder}/ca.crt`,
    minVersion: "TLSv1.3",
    onEvent,
  });
  await server.listen({ host: "127.0.0.1", port: 0, credentials });
  return credentials;
}

/** A channel with a certificate of its own, out of such a folder. Connections that are made later use what is there then. */
export async function connectFromFolder(target: string, folder: string): Promise<Channel> {
  const credentials = await watchTlsChannelCredentials({
    cert: `${folder}/tls.crt`,
    key: `${folder}/tls.key`,
    ca: `${folder}/ca.crt`,
  });
  return createChannel(target, { credentials });
}

/** Takes other certificates from wherever they come. What cannot be used throws, and changes nothing. */
export function rotate(
  credentials: ReloadableTlsServerCredentials,
  next: { cert: string; key: string },
): void {
  credentials.update(next);
}

/** One port, two names; clients that ask for another one are refused. */
export function createNamedCredentials(
  users: { cert: string; key: string },
  orders: { cert: string; key: string },
): TlsServerCredentials {
  return tlsServerCredentials({
    ...users,
    certificates: [{ ...orders, serverNames: ["orders.example", "*.orders.example"] }],
    unknownServerName: "refuse",
  });
}

/** Calls a server by its address, which its certificate does not have: `serverName` says which name counts. */
export function connectByName(target: string, ca: string): Channel {
  const credentials = tlsChannelCredentials({ ca, serverName: "orders.example" });
  return createChannel(target, { credentials });
}

/** What an operator wants to hear of. */
export function describeEvent(event: TlsEvent): string {
  switch (event.kind) {
    case "reloaded":
      return `now in force: ${event.certificates.map(({ subject }) => subject).join("; ")}`;
    case "reload-failed":
      return `kept what was in force: ${event.reason}`;
    default:
      return `${event.certificate?.subject ?? "a revocation list"}: ${event.kind}, ${event.daysLeft.toFixed(1)} days left`;
  }
}
