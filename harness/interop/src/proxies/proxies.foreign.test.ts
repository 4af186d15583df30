// Everything of the table of scenarios through reverse proxies; runs with `npm run interop`, because it needs their programs.
import { createAuthority } from "@trunkline/testkit";
import { trunklineClient } from "../clients/trunkline.js";
import { goClient, pythonClient } from "../foreign/peers.js";
import { describePair } from "../run-pairs.js";
import { envoy, haproxy, nginx } from "./kinds.js";
import { behind } from "./proxy.js";

const identity = createAuthority().issue("localhost", ["localhost", "127.0.0.1"]);

// What comes before the first message is kept back by nginx, where it ends TLS.
const holdsHeadersBack = ["early-headers"] as const;

for (const kind of [nginx, haproxy, envoy]) {
  const server = behind(kind, () => identity);
  describePair({ client: trunklineClient, server }, "plaintext");
  const lacks = kind === nginx ? holdsHeadersBack : [];
  describePair({ client: trunklineClient, server: { ...server, lacks } }, "tls");
  describePair({ client: goClient, server }, "plaintext");
  // HAProxy resets a stream whose answer came before the end of its requests with CANCEL; by chance grpcio believes that
  // rather than the answer.
  if (kind !== haproxy) describePair({ client: pythonClient, server }, "plaintext");
}
