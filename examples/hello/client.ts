// The smallest client: one call with a time limit.
import { createChannel, createClient } from "@trunkline/client";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

const channel = createChannel(process.env.TARGET ?? "127.0.0.1:50051");
const greeter = createClient(GreeterService, channel);

const { greeting } = await greeter.sayHello({ name: "Ada" }, { timeoutMs: 2_000 });
console.log(greeting);
await channel.close();
