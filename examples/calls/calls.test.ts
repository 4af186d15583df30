// The examples of the guides, run.
import {
  type Channel,
  type ChannelOptions,
  Code,
  createChannel,
  createClient,
  setLog,
} from "@trunkline/client";
import { createServer, type Server, type ServerCall, wasCompressed } from "@trunkline/server";
import { createInMemoryTransport } from "@trunkline/server/testing";
import { afterEach, expect, it } from "vitest";
import {
  createCompressingChannel,
  createCompressingServer,
  greetThrice,
  runLength,
} from "./compression.js";
import { callScope, createRelay, createScopedRelay } from "./deadlines.js";
import { strict, tryToGreet } from "./errors.js";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import { createLimitedClient, createLimitedServer } from "./limits.js";
import { createWatchedChannel, logTo } from "./logs.js";
import { greetIn, translator } from "./metadata.js";
import { createHeadlessChannel, createOwnChannel, portResolver, servers } from "./names.js";
import { createDirectChannel, createProxiedChannel } from "./proxies.js";
import {
  createAttemptLog,
  createRetryingChannel,
  createSlowStarter,
  greetTwice,
  hedgingConfig,
  retryingConfig,
} from "./retries.js";
import { addStandardServices, checkGreeter, createOpenServer, greetUnseen } from "./services.js";

const opened: (Server | Channel)[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

/** A channel to a server in the same process. */
function connectTo(server: Server, options: ChannelOptions = {}): Channel {
  const { target, connect } = createInMemoryTransport(server);
  const channel = createChannel(target, { connect, ...options });
  opened.unshift(channel);
  opened.push(server);
  return channel;
}

it("limits: the error says which, its value and the size seen", async () => {
  const greeter = createLimitedClient(connectTo(createLimitedServer()));
  await expect(greeter.sayHello({ name: "Ada" })).resolves.toMatchObject({
    greeting: "Hello, Ada!",
  });
  await expect(greeter.sayHello({ name: "x".repeat(2000) })).rejects.toMatchObject({
    code: Code.RESOURCE_EXHAUSTED,
    message: expect.stringMatching(/2003 bytes .* limit of 1024 bytes .*maxReceiveMessageBytes/),
  });
  await expect(greeter.sayHello({ name: "x".repeat(5000) })).rejects.toMatchObject({
    message: expect.stringMatching(/5003 bytes .* limit of 4096 bytes .*maxSendMessageBytes/),
  });
});

it.each([
  ["a parent", (back: Channel) => createRelay(back), {}],
  ["a call scope", createScopedRelay, { callScope }],
])("deadlines go on by %s", async (_name, createRelayTo, options) => {
  let left: number | undefined;
  const back = createServer().addService(GreeterService, {
    sayHello: ({ name }, call: ServerCall) => {
      left = call.timeRemainingMs();
      return { greeting: name };
    },
  });
  const relay = createRelayTo(connectTo(back, options));
  await createClient(GreeterService, connectTo(relay)).sayHello({}, { timeoutMs: 5000 });
  expect(left).toBeGreaterThan(1000);
  expect(left).toBeLessThanOrEqual(5000);
});

it("metadata goes there and back", async () => {
  const server = createServer().addService(GreeterService, translator);
  const greeter = createClient(GreeterService, connectTo(server));
  const [greeting, headers, digest] = await greetIn(greeter, "it");
  expect([greeting, headers?.get("x-language"), new TextDecoder().decode(digest)]).toEqual([
    "Ciao, Ada!",
    "it",
    "Ada",
  ]);
});

it("errors carry details", async () => {
  const server = createServer().addService(GreeterService, strict);
  const greeter = createClient(GreeterService, connectTo(server));
  expect(await tryToGreet(greeter, "Ada")).toBe("Hello, Ada!");
  expect(await tryToGreet(greeter, "")).toBe("name: whom shall I greet?");
});

it("compression: of calls, of messages, and as the handler likes", async () => {
  const seen: [string, boolean][] = [];
  const watched = createServer().addService(GreeterService, {
    sayHello: (request, call: ServerCall) => {
      seen.push([call.requestCompression, wasCompressed(request)]);
      return {};
    },
  });
  await greetThrice(createClient(GreeterService, connectTo(watched)));
  expect(seen).toEqual([
    ["br", true],
    ["identity", false],
    ["gzip", false],
  ]);
  const greeter = createClient(GreeterService, connectTo(createCompressingServer()));
  const name = "x".repeat(5000);
  expect(wasCompressed(await greeter.sayHello({ name }))).toBe(true);
  expect(wasCompressed(await greeter.sayHello({ name: "Ada" }))).toBe(false);
});

it("compression: an encoding of one's own on both ends", async () => {
  const compression = { encodings: [runLength], encoding: "x-run-length" };
  const server = createServer({ compression }).addService(GreeterService, {
    sayHello: (request) => ({ greeting: `${request.name}${wasCompressed(request)}` }),
  });
  const greeter = createClient(GreeterService, connectTo(server, { compression }));
  const reply = await greeter.sayHello({ name: "x".repeat(5000) });
  expect(reply.greeting).toBe(`${"x".repeat(5000)}true`);
  expect(wasCompressed(reply)).toBe(true);
  await createCompressingChannel("127.0.0.1:1").close();
});

/** A greeter on a free port of this machine. */
async function listen(): Promise<number> {
  const server = createServer().addService(GreeterService, {
    sayHello: ({ name }) => ({ greeting: `Hello, ${name}!` }),
  });
  opened.push(server);
  return (await server.listen()).port;
}

function keep(channel: Channel): Channel {
  opened.unshift(channel);
  return channel;
}

it("names: DNS, servers of one's own, a scheme of one's own", async () => {
  const port = await listen();
  const greet = (channel: Channel) => createClient(GreeterService, keep(channel)).sayHello({});
  await greet(createHeadlessChannel(`localhost:${port}`));
  const own = greet(createOwnChannel());
  servers.update({ endpoints: [{ addresses: [{ kind: "tcp", host: "127.0.0.1", port }] }] });
  await own;
  await greet(createChannel(`port:${port}`, { resolvers: { port: portResolver } }));
});

it("proxies: an option, and an off switch", async () => {
  const port = await listen();
  const direct = createClient(GreeterService, keep(createDirectChannel(`127.0.0.1:${port}`)));
  await expect(direct.sayHello({ name: "Ada" })).resolves.toBeDefined();
  const ca = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  expect(keep(createProxiedChannel("users.example:443", ca, "s/cret")).state).toBe("IDLE");
});

it("logs: one for the process, another one for a channel", async () => {
  const port = await listen();
  const told: string[] = [];
  const add = (_fields: object, message: string): void => void told.push(message);
  const logger = { debug: add, info: add, warn: add, error: add };
  const ask = async (channel: Channel): Promise<string[]> => {
    await createClient(GreeterService, keep(channel)).sayHello({});
    return told.splice(0);
  };
  expect(await ask(createWatchedChannel(`127.0.0.1:${port}`, logger))).toContain(
    "subchannel state",
  );
  logTo(logger);
  const lines = await ask(createChannel(`127.0.0.1:${port}`));
  setLog(undefined);
  expect(lines).toContain("connection ready");
});

it("standard services: health for all, the inside for those with the key, a client without a contract", async () => {
  const server = createServer();
  server.addService(GreeterService, { sayHello: ({ name }) => ({ greeting: `Hello, ${name}!` }) });
  const { health } = addStandardServices(server, "secret");
  const channel = connectTo(server);
  expect(await greetUnseen(channel, "secret", "Ada")).toMatchObject({ greeting: "Hello, Ada!" });
  await expect(greetUnseen(channel, "guess", "Ada")).rejects.toMatchObject({
    code: Code.PERMISSION_DENIED,
  });
  await checkGreeter(health, () => Promise.reject(new Error("no database")));
  expect(health.statusOf(GreeterService)).toBe("NOT_SERVING");
  expect(health.statusOf("")).toBe("SERVING");
  await checkGreeter(health, () => Promise.resolve());
  expect(health.statusOf(GreeterService)).toBe("SERVING");
  expect(createOpenServer().services).toHaveLength(2);
});

it("retries: as the service config says, when the server says, and told of", async () => {
  const lines: string[] = [];
  const channel = connectTo(createSlowStarter(), {
    serviceConfig: retryingConfig,
    observers: [createAttemptLog(lines)],
  });
  const { greeting } = await createClient(GreeterService, channel).sayHello({ name: "Ada" });
  expect(greeting).toBe("Hello, Ada, at attempt 2!");
  const path = "/trunkline.examples.hello.v1.GreeterService/SayHello";
  expect(lines).toEqual([
    expect.stringMatching(`^${path} first 1 on .* after 0 ms: UNAVAILABLE$`),
    expect.stringMatching(`^${path} retry 2 on .* after 20 ms: OK$`),
  ]);
});

it("retries: of single calls, by contract, and hedging", async () => {
  const greeter = createClient(GreeterService, connectTo(createSlowStarter()));
  await expect(greetTwice(greeter)).rejects.toMatchObject({ message: "not yet" });
  const hedged = connectTo(createSlowStarter(), { serviceConfig: hedgingConfig });
  await expect(createClient(GreeterService, hedged).sayHello({})).resolves.toMatchObject({
    greeting: expect.stringContaining("at attempt 2"),
  });
  await createRetryingChannel("127.0.0.1:1").close();
});
