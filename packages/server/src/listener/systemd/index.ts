// Entry point of @trunkline/server/systemd: sockets that systemd has opened, and telling it how the service does.
export {
  listenOnSystemdSockets,
  type ProcessFacts,
  type SystemdListener,
  type SystemdListenOptions,
  type SystemdSocket,
  systemdSockets,
} from "./inherited-sockets.js";
export {
  createSystemdNotifier,
  type SystemdNotifier,
  type SystemdNotifierOptions,
} from "./notifier.js";
