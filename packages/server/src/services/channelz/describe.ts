// Servers, channels and connections in the words of channelz (grpc.channelz.v1).
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type CallFigures,
  type ConnectionInfo,
  type DescribedChannel,
  type DescribedSubchannel,
  entityId,
} from "@trunkline/core";
import {
  ChannelConnectivityState_State,
  type ChannelDataSchema,
  type ChannelSchema,
  type SecuritySchema,
  type ServerSchema,
  type SocketSchema,
  type SubchannelSchema,
} from "../../gen/grpc/channelz/v1/channelz_pb.js";
import type { ClientTlsPeer } from "../../http/peer.js";
import type { ListenAddress } from "../../listener/place/listen-address.js";
import type { Server } from "../../server.js";
import type { ServerConnectionInfo } from "../../server-observer.js";
import { toSocketAddress } from "./socket-address.js";

/** What is told of a server. */
export function describeServer(id: number, server: Server): MessageInitShape<typeof ServerSchema> {
  const { streamsOpened, streamsEnded, failedCalls } = server.stats();
  return {
    ref: { serverId: BigInt(id) },
    data: {
      callsStarted: BigInt(streamsOpened),
      callsSucceeded: BigInt(Math.max(0, streamsEnded - failedCalls)),
      callsFailed: BigInt(failedCalls),
    },
    listenSocket: server.addresses.map(listenerRef),
  };
}

function listenerRef(address: ListenAddress): { socketId: bigint; name: string } {
  return { socketId: BigInt(entityId(address)), name: address.address };
}

/** What is told of a socket that a server listens on. */
export function describeListener(address: ListenAddress): MessageInitShape<typeof SocketSchema> {
  return { ref: listenerRef(address), data: {}, local: toSocketAddress(address.address) };
}

/** How a connection is referred to. */
export function connectionRef({ id, address }: ConnectionInfo): { socketId: bigint; name: string } {
  return { socketId: BigInt(id), name: address };
}

/** What is told of a connection of either end. */
export function describeConnectionOf(
  connection: ConnectionInfo | ServerConnectionInfo,
): MessageInitShape<typeof SocketSchema> {
  const { startedCalls, activeCalls, resetCalls, sentPings } = connection;
  const peer = "peer" in connection ? connection.peer : undefined;
  const security = peer?.tls === undefined ? {} : { security: describeSecurity(peer.tls) };
  const { localAddress } = peer ?? {};
  return {
    ref: connectionRef(connection),
    data: {
      streamsStarted: BigInt(startedCalls),
      streamsSucceeded: BigInt(Math.max(0, startedCalls - activeCalls - resetCalls)),
      streamsFailed: BigInt(resetCalls),
      keepAlivesSent: BigInt(sentPings),
    },
    remote: toSocketAddress(connection.address),
    ...(localAddress === undefined ? {} : { local: toSocketAddress(localAddress) }),
    ...security,
  };
}

function describeSecurity(tls: ClientTlsPeer): MessageInitShape<typeof SecuritySchema> {
  const { cipher, certificate = new Uint8Array() } = tls;
  const value = {
    cipherSuite: { case: "standardName", value: cipher } as const,
    remoteCertificate: Uint8Array.from(certificate),
  };
  return { model: { case: "tls", value } };
}

/** What is told of a channel. */
export function describeChannel(
  id: number,
  channel: DescribedChannel,
): MessageInitShape<typeof ChannelSchema> {
  const { target } = channel;
  const subchannels = channel.subchannels?.();
  return {
    ref: { channelId: BigInt(id), name: target },
    data: describeData(target, channel.state, channel.figures?.()),
    // At most one of the two is set (channelz.proto).
    ...(subchannels === undefined
      ? { socketRef: channel.connections().map(connectionRef) }
      : { subchannelRef: subchannels.map(subchannelRef) }),
  };
}

function subchannelRef(subchannel: DescribedSubchannel): { subchannelId: bigint; name: string } {
  return { subchannelId: BigInt(entityId(subchannel)), name: subchannel.address };
}

/** What is told of one address of a channel. */
export function describeSubchannel(
  subchannel: DescribedSubchannel,
): MessageInitShape<typeof SubchannelSchema> {
  const { address, state } = subchannel;
  return {
    ref: subchannelRef(subchannel),
    data: describeData(address, state, subchannel.figures?.()),
    socketRef: subchannel.connections().map(connectionRef),
  };
}

function describeData(
  target: string,
  state: string,
  figures: CallFigures | undefined,
): MessageInitShape<typeof ChannelDataSchema> {
  const states: Readonly<Record<string, ChannelConnectivityState_State>> =
    ChannelConnectivityState_State;
  const { startedCalls = 0, succeededCalls = 0, failedCalls = 0 } = figures ?? {};
  const lastMs = figures?.lastCallStartedMs;
  return {
    target,
    state: { state: states[state] ?? ChannelConnectivityState_State.UNKNOWN },
    callsStarted: BigInt(startedCalls),
    callsSucceeded: BigInt(succeededCalls),
    callsFailed: BigInt(failedCalls),
    ...(lastMs === undefined ? {} : { lastCallStartedTimestamp: timestampFromMs(lastMs) }),
  };
}
