// Channels that reach their servers through a proxy.
import { type Channel, createChannel, tlsChannelCredentials } from "@trunkline/client";

/** Through a proxy that TLS is spoken with, whatever the environment says. */
export function createProxiedChannel(target: string, proxyCa: string, password: string): Channel {
  return createChannel(target, {
    credentials: tlsChannelCredentials(),
    proxy: {
      url: `https://users:${encodeURIComponent(password)}@proxy.example:3128`,
      credentials: tlsChannelCredentials({ ca: proxyCa }),
      noProxy: [".cluster.local", "10.0.0.0/8", "[fd00::1]:50051"],
    },
  });
}

/** Never through a proxy, whatever the environment says. */
export function createDirectChannel(target: string): Channel {
  return createChannel(target, { proxy: false });
}
