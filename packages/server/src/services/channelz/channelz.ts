// The channelz service, grpc.channelz.v1.Channelz: which servers, channels and connections there are (gRFC A14).
import {
  Code,
  type ConnectionInfo,
  checkMethods,
  type DescribedChannel,
  entityId,
  RpcError,
} from "@trunkline/core";
import type { ServiceImplementation } from "../../dispatch/handlers.js";
import type { ServerCall } from "../../dispatch/server-call.js";
import { Channelz as ChannelzService } from "../../gen/grpc/channelz/v1/channelz_pb.js";
import type { Server } from "../../server.js";
import { type Access, type Guard, readAccess } from "../access.js";
import { ChannelRegistry } from "./channel-registry.js";
import {
  connectionRef,
  describeChannel,
  describeConnectionOf,
  describeListener,
  describeServer,
  describeSubchannel,
} from "./describe.js";
import { takePage } from "./page.js";

/** Options of `addChannelz`. */
export interface ChannelzOptions {
  /**
   * Who may ask: `"development"` has no channelz where `NODE_ENV` is `production`, a function decides call by call.
   * Default true: whoever reaches the server.
   */
  readonly allow?: Access | undefined;
  /** Other servers of this process that are told of. Default none. */
  readonly servers?: readonly Server[] | undefined;
}

/** What a server tells by channelz. */
export interface Channelz {
  /**
   * Tells of a channel, until it is closed; it is not kept from being collected.
   * @throws {UsageError} when it is no channel.
   */
  addChannel(channel: DescribedChannel): void;
}

/** Requests are numbers. */
const maxRequestBytes = 1024;

/**
 * Adds `grpc.channelz.v1.Channelz` to a server: it tells of the server, the sockets that it listens on and its
 * connections, and of channels that are added to it. All of it is read when somebody asks: nothing is
 * counted or kept for it, and of what has been closed nothing is told.
 *
 * Channelz shows the addresses and certificates of clients: see the option `allow`.
 * @throws {UsageError} when the server has the service already, or an option cannot be used.
 * @example
 * const channelz = addChannelz(server);
 * channelz.addChannel(channel);
 */
export function addChannelz(server: Server, options: ChannelzOptions = {}): Channelz {
  const guard = readAccess(options.allow);
  const channels = new ChannelRegistry();
  if (guard !== undefined) {
    const desk = new ChannelzDesk([server, ...(options.servers ?? [])], channels);
    const limits = { maxReceiveMessageBytes: maxRequestBytes };
    server.addService(ChannelzService, guarded(desk, guard), limits);
  }
  return {
    addChannel(channel) {
      checkMethods("channel", channel, ["connections"]);
      channels.add(channel);
    },
  };
}

type Implementation = Required<ServiceImplementation<typeof ChannelzService>>;

function guarded(desk: Implementation, guard: Guard): Implementation {
  const handlers = Object.entries(desk).map(([name, handler]) => {
    const ask = async (request: never, call: ServerCall): Promise<unknown> => {
      await guard(call);
      return handler(request, call);
    };
    return [name, ask];
  });
  return Object.fromEntries(handlers) as Implementation;
}

class ChannelzDesk implements Implementation {
  readonly #servers: ReadonlyMap<number, Server>;
  readonly #channels: ChannelRegistry;

  constructor(servers: readonly Server[], channels: ChannelRegistry) {
    this.#servers = new Map(servers.map((server) => [entityId(server), server]));
    this.#channels = channels;
  }

  getTopChannels: Implementation["getTopChannels"] = ({ startChannelId: startId, maxResults }) => {
    const { items, end } = takePage(this.#channels.list(), { startId, maxResults });
    return { channel: items.map(({ id, channel }) => describeChannel(id, channel)), end };
  };

  getServers: Implementation["getServers"] = ({ startServerId: startId, maxResults }) => {
    const servers = Array.from(this.#servers, ([id, server]) => ({ id, server }));
    const { items, end } = takePage(servers, { startId, maxResults });
    return { server: items.map(({ id, server }) => describeServer(id, server)), end };
  };

  getServer: Implementation["getServer"] = ({ serverId }) => ({
    server: describeServer(Number(serverId), this.#findServer(serverId)),
  });

  getServerSockets: Implementation["getServerSockets"] = (request) => {
    const connections = this.#findServer(request.serverId).connections();
    const { startSocketId: startId, maxResults } = request;
    const { items, end } = takePage(connections, { startId, maxResults });
    return { socketRef: items.map(connectionRef), end };
  };

  getChannel: Implementation["getChannel"] = ({ channelId }) => {
    const found = this.#channels.list().find(({ id }) => BigInt(id) === channelId);
    if (found === undefined) throw missing("channel", channelId);
    return { channel: describeChannel(found.id, found.channel) };
  };

  getSubchannel: Implementation["getSubchannel"] = ({ subchannelId }) => {
    const all = this.#channels.listSubchannels();
    const found = all.find(({ id }) => BigInt(id) === subchannelId);
    if (found === undefined) throw missing("subchannel", subchannelId);
    return { subchannel: describeSubchannel(found.subchannel) };
  };

  getSocket: Implementation["getSocket"] = ({ socketId }) => {
    const listener = this.#listeners().find((address) => BigInt(entityId(address)) === socketId);
    if (listener !== undefined) return { socket: describeListener(listener) };
    for (const connection of this.#connections()) {
      if (BigInt(connection.id) === socketId) return { socket: describeConnectionOf(connection) };
    }
    throw missing("socket", socketId);
  };

  #findServer(id: bigint): Server {
    const server = this.#servers.get(Number(id));
    if (server === undefined) throw missing("server", id);
    return server;
  }

  #listeners() {
    return [...this.#servers.values()].flatMap((server) => server.addresses);
  }

  *#connections(): Generator<ConnectionInfo> {
    for (const server of this.#servers.values()) yield* server.connections();
    for (const { channel } of this.#channels.list()) {
      yield* channel.connections();
      for (const subchannel of channel.subchannels?.() ?? []) yield* subchannel.connections();
    }
  }
}

function missing(what: string, id: bigint): RpcError {
  return new RpcError(Code.NOT_FOUND, `there is no ${what} ${id}, or not any more`);
}
