// Errors: thrown with typed details on a server, told apart on a client.
import { type Client, Code, RpcError } from "@trunkline/client";
import { BadRequestSchema } from "@trunkline/core";
import { packDetail, type ServiceImplementation } from "@trunkline/server";
import type { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** Refuses to greet nobody, and says what is wrong with the request. */
export const strict: ServiceImplementation<typeof GreeterService> = {
  sayHello({ name }) {
    if (name === "") {
      const violation = { field: "name", description: "must not be empty" };
      const details = [packDetail(BadRequestSchema, { fieldViolations: [violation] })];
      throw new RpcError(Code.INVALID_ARGUMENT, "whom shall I greet?", { details });
    }
    return { greeting: `Hello, ${name}!` };
  },
};

/** The greeting, or which field is wrong. */
export async function tryToGreet(
  greeter: Client<typeof GreeterService>,
  name: string,
): Promise<string> {
  try {
    return (await greeter.sayHello({ name })).greeting;
  } catch (reason) {
    const error = RpcError.from(reason);
    if (error.code !== Code.INVALID_ARGUMENT) throw error;
    const [badRequest] = error.findDetails(BadRequestSchema);
    return `${badRequest?.fieldViolations[0]?.field}: ${error.message}`;
  }
}
