// The policy of the guide, for callers with API keys.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, createChannel, createClient } from "@trunkline/client";
import { createApiKey, createApiKeyAuthenticator } from "@trunkline/plugins/api-key";
import { authenticate } from "@trunkline/plugins/authentication";
import { expect, it } from "vitest";
import { createGovernedServer, greeterPolicy } from "./authorization.js";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import { addGreeter } from "./server.js";

it("readers greet, and nobody else", async () => {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-policy-"));
  const path = join(folder, "policy.json");
  await writeFile(path, JSON.stringify(greeterPolicy));
  const reader = createApiKey({ name: "reader", roles: ["reader"] });
  const writer = createApiKey({ name: "writer", roles: ["writer"] });
  const apiKeys = createApiKeyAuthenticator({ keys: [reader.record, writer.record] });
  const server = await createGovernedServer(authenticate(apiKeys), path);
  addGreeter(server);
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const channel = createChannel(`127.0.0.1:${port}`);
  const client = createClient(GreeterService, channel);
  const greet = (metadata: Record<string, string>): Promise<unknown> =>
    client.sayHello({ name: "hello" }, { metadata, timeoutMs: 10_000 });
  try {
    expect(await greet({ "x-api-key": reader.key })).toMatchObject({
      greeting: "hello from reader (api-key)",
    });
    await expect(greet({ "x-api-key": writer.key })).rejects.toMatchObject({
      code: Code.PERMISSION_DENIED,
    });
    await expect(greet({})).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
  } finally {
    await channel.close();
    await server.shutdown({ graceMs: 0 });
    await rm(folder, { recursive: true });
  }
});
