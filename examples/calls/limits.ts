// Limits of messages and metadata, on a server and on a client.
import { type Channel, type Client, createClient } from "@trunkline/client";
import { createServer, type Server } from "@trunkline/server";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** A server that takes little, but from one method. */
export function createLimitedServer(): Server {
  const server = createServer({ maxReceiveMessageBytes: 65_536, maxHeaderListBytes: 16_384 });
  return server.addService(
    GreeterService,
    { sayHello: ({ name }) => ({ greeting: `Hello, ${name}!` }) },
    { maxSendMessageBytes: 65_536, methods: { sayHello: { maxReceiveMessageBytes: 1024 } } },
  );
}

/** A client whose calls have two seconds, and send no more than 4 KiB. */
export function createLimitedClient(channel: Channel): Client<typeof GreeterService> {
  return createClient(GreeterService, channel, {
    timeoutMs: 2_000,
    maxSendMessageBytes: 4096,
    methods: { sayHello: { maxReceiveMessageBytes: 1024 } },
  });
}
