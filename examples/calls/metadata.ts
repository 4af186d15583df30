// Metadata in both directions.
import type { Client, Metadata } from "@trunkline/client";
import type { ServiceImplementation } from "@trunkline/server";
import type { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** Reads metadata, and sends some back: early, and with the status. */
export const translator: ServiceImplementation<typeof GreeterService> = {
  async sayHello({ name }, call) {
    const language = call.metadata.get("x-language") ?? "en";
    call.responseHeaders.set("x-language", language);
    call.sendHeaders();
    call.responseTrailers.set("digest-bin", new TextEncoder().encode(name));
    return { greeting: language === "it" ? `Ciao, ${name}!` : `Hello, ${name}!` };
  },
};

/** Sends metadata, and gives what came back of it. */
export async function greetIn(
  greeter: Client<typeof GreeterService>,
  language: string,
): Promise<[greeting: string, headers: Metadata | undefined, digest: Uint8Array | undefined]> {
  let headers: Metadata | undefined;
  let digest: Uint8Array | undefined;
  const { greeting } = await greeter.sayHello(
    { name: "Ada" },
    {
      metadata: { "x-language": language, "x-tags": ["a", "b"] },
      onHeader: (received) => {
        headers = received;
      },
      onTrailer: (received) => {
        digest = received.get("digest-bin");
      },
    },
  );
  return [greeting, headers, digest];
}
