// Logs of calls: which there were, on servers and channels, with pino; and the log of Trunkline itself.
import { type Channel, Code, createChannel } from "@trunkline/client";
import { clientAccessLog, serverAccessLog, toLog } from "@trunkline/plugins/logging";
import { createServer, principal, type Server } from "@trunkline/server";
import { type Logger, pino } from "pino";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** A server that logs calls that fail, and those that take more than half a second. */
export function createLoggedServer(logger: Logger = pino()): Server {
  return createServer({
    log: toLog(logger),
    observers: [serverAccessLog({ logger, slowMs: 500, except: ["/grpc.health.v1.Health/*"] })],
  });
}

/** A server that logs one call in ten, all failures, and everything that one customer does. */
export function createSamplingServer(logger: Logger = pino()): Server {
  const log = serverAccessLog({
    logger,
    calls: "all",
    sample: 0.1,
    levels: { NOT_FOUND: "debug", RESOURCE_EXHAUSTED: "error" },
    metadata: ["x-tenant"],
    maxLinesPerSecond: 1000,
    decide(call) {
      const who = call.context?.get(principal);
      return who?.name === "acme" && call.code !== Code.OK ? "error" : undefined;
    },
  });
  return createServer({ observers: [log] });
}

/** A server that shows what is said in one service, for a while. */
export function createTalkativeServer(logger: Logger = pino()): Server {
  const payloads = { methods: [GreeterService], fields: ["name"], maxChars: 500 };
  return createServer({ observers: [serverAccessLog({ logger, payloads })] });
}

/** A channel that logs calls that fail, each once, however often it is tried. */
export function createLoggedChannel(target: string, logger: Logger = pino()): Channel {
  return createChannel(target, {
    log: toLog(logger),
    observers: [clientAccessLog({ logger })],
  });
}
