// What channelz tells of servers, sockets and channels, page by page, and that it forgets what has been closed.
import { Code, type DescribedChannel, silentLog } from "@trunkline/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  Channelz as ChannelzService,
  ChannelConnectivityState_State as State,
} from "../src/gen/grpc/channelz/v1/channelz_pb.js";
import { createServer, type Server } from "../src/server.js";
import { addAdminServices } from "../src/services/admin/admin.js";
import { addChannelz, type Channelz } from "../src/services/channelz/channelz.js";
import { ServerLoad } from "../src/services/orca/load-metrics.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { connectInMemory, connectTcp, type RawClient } from "./raw-client.js";

const { method } = ChannelzService;
let server: Server;
let channelz: Channelz;
let client: RawClient;

beforeEach(() => {
  server = createServer({ log: silentLog });
  channelz = addChannelz(server);
  client = connectInMemory(server);
});
afterEach(async () => {
  client.close();
  await server.shutdown({ graceMs: 0 });
});

async function getServer() {
  const { messages } = await client.call(method.getServers, [{}]);
  expect(messages[0]).toMatchObject({ end: true });
  return messages[0]!.server[0]!;
}

test("a server: its calls, what it listens on, its connections", async () => {
  const { address } = await server.listen({ host: "127.0.0.1", port: 0 });
  server.addService(TestService, {
    unary: ({ text }) => {
      if (text === "") throw new Error("no");
      return { text };
    },
  });
  const other = await connectTcp(server.addresses[0]!.port);
  await other.call(TestService.method.unary, [{ text: "well" }]);
  await other.call(TestService.method.unary, [{}]);
  const { ref, data, listenSocket } = await getServer();
  // The call that asks is one of them.
  expect(data).toMatchObject({ callsStarted: 3n, callsSucceeded: 1n, callsFailed: 1n });
  expect(listenSocket).toMatchObject([{ name: address }]);
  const { serverId } = ref!;
  const alone = await client.call(method.getServer, [{ serverId }]);
  expect(alone.messages[0]?.server?.ref?.serverId).toBe(serverId);

  const { messages } = await client.call(method.getServerSockets, [{ serverId }]);
  const [own, others] = messages[0]!.socketRef;
  expect([own?.name, others?.name]).toEqual(["memory", server.connections()[1]!.address]);
  const { messages: sockets } = await client.call(method.getSocket, [
    { socketId: others!.socketId },
  ]);
  expect(sockets[0]?.socket).toMatchObject({
    data: { streamsStarted: 2n, streamsSucceeded: 2n, streamsFailed: 0n },
    local: { address: { case: "tcpipAddress" } },
    remote: {
      address: { case: "tcpipAddress", value: { ipAddress: Buffer.of(127, 0, 0, 1) } },
    },
  });
  const listening = await client.call(method.getSocket, [{ socketId: listenSocket[0]!.socketId }]);
  expect(listening.messages[0]?.socket?.local).toMatchObject({
    address: { value: { port: server.addresses[0]!.port } },
  });

  other.close();
  await expect.poll(() => server.connections().length).toBe(1);
  const gone = await client.call(method.getSocket, [{ socketId: others!.socketId }]);
  expect(gone).toMatchObject({ code: Code.NOT_FOUND });
});

test("sockets come page by page", async () => {
  const clients = Array.from({ length: 120 }, () => connectInMemory(server));
  const { serverId } = (await getServer()).ref!;
  const seen: bigint[] = [];
  const sizes: number[] = [];
  for (let end = false; !end; ) {
    const startSocketId = (seen.at(-1) ?? -1n) + 1n;
    const { messages } = await client.call(method.getServerSockets, [{ serverId, startSocketId }]);
    seen.push(...messages[0]!.socketRef.map(({ socketId }) => socketId));
    sizes.push(messages[0]!.socketRef.length);
    end = messages[0]!.end;
  }
  expect(sizes).toEqual([100, 21]);
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => Number(a - b)));
  const one = await client.call(method.getServerSockets, [{ serverId, maxResults: 1n }]);
  expect(one.messages[0]).toMatchObject({ socketRef: [{ socketId: seen[0] }], end: false });
  const refused = await client.call(method.getServerSockets, [{ serverId, maxResults: -1n }]);
  expect(refused.code).toBe(Code.INVALID_ARGUMENT);
  for (const one of clients) one.close();
});

test("channels that were added, until they are closed", async () => {
  const connection = {
    id: 1_000_000,
    address: "10.0.0.1:443",
    activeCalls: 1,
    startedCalls: 5,
    resetCalls: 1,
    sentPings: 2,
    isDraining: false,
    rttMs: undefined,
    smoothedRttMs: undefined,
  };
  const connections = () => [connection];
  const figures = () => ({
    startedCalls: 9,
    succeededCalls: 5,
    failedCalls: 3,
    lastCallStartedMs: 7000,
  });
  const plain = { target: "dns:///a", state: "READY", connections };
  const subchannel = {
    address: "10.0.0.1:443",
    state: "CONNECTING",
    connections: () => [],
    figures,
  };
  const detailed = {
    target: "b",
    state: "IDLE",
    connections,
    figures,
    subchannels: () => [subchannel],
  };
  for (const channel of [plain, detailed] as DescribedChannel[]) channelz.addChannel(channel);
  const { messages } = await client.call(method.getTopChannels, [{}]);
  expect(messages[0]).toMatchObject({
    end: true,
    channel: [
      {
        ref: { name: "dns:///a" },
        data: { target: "dns:///a", state: { state: State.READY }, callsStarted: 0n },
        socketRef: [{ socketId: 1_000_000n, name: "10.0.0.1:443" }],
        subchannelRef: [],
      },
      {
        data: {
          state: { state: State.IDLE },
          callsStarted: 9n,
          callsSucceeded: 5n,
          callsFailed: 3n,
        },
        socketRef: [],
        subchannelRef: [{ name: "10.0.0.1:443" }],
      },
    ],
  });
  const [first, second] = messages[0]!.channel;
  const { channelId } = first!.ref!;
  const { subchannelId } = second!.subchannelRef[0]!;
  const found = await client.call(method.getSubchannel, [{ subchannelId }]);
  expect(found.messages[0]?.subchannel?.data).toMatchObject({
    state: { state: State.CONNECTING },
    lastCallStartedTimestamp: { seconds: 7n },
  });
  const socket = await client.call(method.getSocket, [{ socketId: 1_000_000n }]);
  expect(socket.messages[0]?.socket?.data).toMatchObject({
    streamsStarted: 5n,
    streamsSucceeded: 3n,
    streamsFailed: 1n,
    keepAlivesSent: 2n,
  });
  expect((await client.call(method.getChannel, [{ channelId }])).code).toBe(Code.OK);
  plain.state = "SHUTDOWN";
  expect((await client.call(method.getChannel, [{ channelId }])).code).toBe(Code.NOT_FOUND);
});

test.each([
  method.getServer,
  method.getChannel,
  method.getSubchannel,
  method.getSocket,
  method.getServerSockets,
])("$name of something that is not there is NOT_FOUND", async (one) => {
  expect((await client.call(one, [{}])).code).toBe(Code.NOT_FOUND);
});

test("who may not ask is told so, and what is no channel is refused", async () => {
  const other = createServer({ log: silentLog });
  addChannelz(other, { allow: () => false });
  const stranger = connectInMemory(other);
  expect((await stranger.call(method.getServers, [{}])).code).toBe(Code.PERMISSION_DENIED);
  stranger.close();
  await other.shutdown({ graceMs: 0 });
  expect(() => channelz.addChannel({} as DescribedChannel)).toThrow("without a method connections");
});

test("all standard services come in one call", () => {
  const other = createServer({ log: silentLog });
  const { health } = addAdminServices(other, { load: new ServerLoad() });
  expect(health.statusOf("")).toBe("SERVING");
  expect(other.services.map(({ typeName }) => typeName).sort()).toEqual([
    "grpc.channelz.v1.Channelz",
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "xds.service.orca.v3.OpenRcaService",
  ]);
  const closed = createServer({ log: silentLog });
  addAdminServices(closed, { allow: false });
  expect(closed.services.map(({ typeName }) => typeName)).toEqual(["grpc.health.v1.Health"]);
});
