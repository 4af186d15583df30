// Where the client programs of the example find the service, from environment variables.
import { type Channel, createChannel, tlsChannelCredentials } from "@trunkline/client";
import { loadTlsFiles } from "@trunkline/core/node";

/** A channel to ADDRESS; with TLS when TLS_CA names the CA to trust, TLS_CERT and TLS_KEY for mTLS. */
export async function connect(env: Readonly<Record<string, string | undefined>>): Promise<Channel> {
  const address = env.ADDRESS || `${env.HOST || "127.0.0.1"}:${env.PORT || "50051"}`;
  if (!env.TLS_CA) return createChannel(address);
  const files = { ca: env.TLS_CA, cert: env.TLS_CERT || undefined, key: env.TLS_KEY || undefined };
  return createChannel(address, { credentials: tlsChannelCredentials(await loadTlsFiles(files)) });
}
