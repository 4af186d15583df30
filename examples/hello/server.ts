// The smallest server: one service with one method.
import { Code, createServer, RpcError } from "@trunkline/server";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

const server = createServer();
server.addService(GreeterService, {
  sayHello({ name }) {
    if (name === "") throw new RpcError(Code.INVALID_ARGUMENT, "name is empty");
    return { greeting: `Hello, ${name}!` };
  },
});

const { port } = await server.listen({
  host: "127.0.0.1",
  port: Number(process.env.PORT ?? 50051),
});
console.log(`listening on 127.0.0.1:${port}`);
process.once("SIGTERM", () => server.shutdown({ graceMs: 5_000 }));
