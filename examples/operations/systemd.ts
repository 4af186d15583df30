// A server under systemd: on the sockets that it has opened, or on a port; and it is told how the server does.
import { shutdownOnSignals } from "@trunkline/server";
import { createSystemdNotifier, listenOnSystemdSockets } from "@trunkline/server/systemd";
import { createGreeterServer } from "./greeter.js";

const server = createGreeterServer();
const systemd = createSystemdNotifier();
systemd.follow(server);

const sockets = await listenOnSystemdSockets(server);
if (sockets.length === 0) await server.listen({ port: Number(process.env.PORT ?? 50_051) });
shutdownOnSignals(server, { graceMs: 20_000 });

await systemd.ready(`serving on ${server.addresses.length} sockets`);
systemd.watchdog();
console.log(`listening on ${server.addresses.map(({ address }) => address).join(" ")}`);
