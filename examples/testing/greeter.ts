// The service that the tests beside it are about: one method, with metadata, a deadline and an error.
import { Code, RpcError, type ServerCall, type ServiceImplementation } from "@trunkline/server";
import type { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** Greets; the metadata `x-language` chooses the language. */
export class Greeter implements ServiceImplementation<typeof GreeterService> {
  async sayHello({ name }: { name: string }, call: ServerCall): Promise<{ greeting: string }> {
    if (name === "") throw new RpcError(Code.INVALID_ARGUMENT, "name is empty");
    if (name === "nobody") await untilCancelled(call);
    const language = call.metadata.get("x-language") ?? "en";
    call.responseTrailers.set("x-language", language);
    return { greeting: language === "it" ? `Ciao, ${name}!` : `Hello, ${name}!` };
  }
}

/** Waits for the client to give up. */
function untilCancelled({ signal }: ServerCall): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve());
  });
}
