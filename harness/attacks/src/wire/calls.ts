// Calls of the target service as frames: what the attacks open, fill and abandon.
import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Flag, formatData, formatHeaders } from "@trunkline/http2";
import {
  CollectRequestSchema,
  FeedRequestSchema,
  GetRequestSchema,
  TargetService,
} from "../gen/trunkline/attacks/v1/attacks_pb.js";
import { literal, requestBlock } from "./hpack-by-hand.js";
import { envelope, join } from "./octets.js";
import type { RawPeer } from "./raw-peer.js";

const path = (method: string): string => `/${TargetService.typeName}/${method}`;

/** Paths of the methods. */
export const paths = {
  get: path("Get"),
  feed: path("Feed"),
  collect: path("Collect"),
} as const;

const heads = {
  get: requestBlock(paths.get),
  feed: requestBlock(paths.feed),
  collect: requestBlock(paths.collect),
} as const;

/** HEADERS of a call on a new stream. */
export function openCall(
  peer: RawPeer,
  method: keyof typeof paths = "get",
  flags: number = Flag.END_HEADERS,
): Uint8Array {
  return formatHeaders(peer.takeId(), heads[method], flags);
}

function message<D extends DescMessage>(schema: D, init: MessageInitShape<D>): Uint8Array {
  return envelope(toBinary(schema, create(schema, init)));
}

/** A whole unary call; `hold`: the handler waits until it is cancelled. */
export function getCall(peer: RawPeer, size: number, hold = false): Uint8Array {
  const head = openCall(peer);
  return join(head, formatData(peer.lastId, message(GetRequestSchema, { size, hold }), true));
}

/** Largest DATA frame that everybody takes (RFC 9113 s4.2). */
const frameBytes = 16_384;

/** A call with an encoding. Compressed, its one message is the whole request; not compressed, more may follow. */
export function compressedCall(
  peer: RawPeer,
  to: string,
  encoding: string,
  message: Uint8Array,
  isCompressed = true,
): Uint8Array {
  const block = requestBlock(to, literal("grpc-encoding", encoding));
  const frames = [formatHeaders(peer.takeId(), block, Flag.END_HEADERS)];
  const body = envelope(message, message.length, isCompressed ? 1 : 0);
  for (let at = 0; at < body.length; at += frameBytes) {
    const end = isCompressed && at + frameBytes >= body.length;
    frames.push(formatData(peer.lastId, body.subarray(at, at + frameBytes), end));
  }
  return join(...frames);
}

/** A call whose answer is a long stream. */
export function feedCall(peer: RawPeer, count: number, size: number): Uint8Array {
  const head = openCall(peer, "feed");
  return join(head, formatData(peer.lastId, message(FeedRequestSchema, { count, size }), true));
}

/** An upload that goes on; `hold`: its handler reads the first message only. */
export function collectCall(peer: RawPeer, hold = false): Uint8Array {
  const head = openCall(peer, "collect");
  if (!hold) return head;
  return join(head, formatData(peer.lastId, message(CollectRequestSchema, { hold })));
}
