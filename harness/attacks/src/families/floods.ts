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
import { type Attack, breaks } from "../attack.js";
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
    ...breaks("settingsBurst"),
    ...flood(() => settings),
  },
  {
    name: "settings-unread",
    cve: "CVE-2019-9515",
    sends: "SETTINGS, and never reads the answers",
    ending: { kind: "closed" },
    counter: "limitsBroken.settingsBurst",
    ...silent,
    ...flood(() => settings),
  },
  {
    name: "settings-large",
    cve: "CVE-2020-11080",
    sends: "SETTINGS of 2,000 entries",
    ...breaks("maxSettingsEntries", /SETTINGS with 2000 entries/),
    chunk: () => formatSettings(Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? 0xff00 : 1))),
  },
  {
    name: "ping-flood",
    cve: "CVE-2019-9512",
    sends: "PING, and reads the answers",
    ...breaks("maxPingStrikes", /^too_many_pings$/),
    ...flood(() => ping),
  },
  {
    name: "ping-unread",
    cve: "CVE-2019-9512",
    sends: "PING, and never reads the answers",
    ending: { kind: "closed" },
    counter: "limitsBroken.maxPingStrikes",
    ...silent,
    ...flood(() => ping),
  },
  {
    name: "ping-ack-flood",
    sends: "answers to PINGs that were never sent",
    ...breaks("glitchBurst"),
    ...flood(() => formatPing(zeros(8), true)),
  },
  {
    name: "priority-flood",
    cve: "CVE-2019-9513",
    sends: "PRIORITY for streams that are not there, in circles",
    ...breaks("glitchBurst"),
    ...flood((peer) => {
      peer.turn = (peer.turn + 2) % 2000;
      return formatPriority(peer.turn + 1, ((peer.turn + 2) % 2000) + 1);
    }),
  },
  {
    name: "unknown-frames",
    sends: "empty frames of a type that does not exist",
    ...breaks("glitchBurst"),
    ...flood(() => frame(unknownType, 0, 0, zeros(0))),
  },
  {
    name: "unknown-frames-large",
    sends: "frames of 16 KiB of a type that does not exist",
    ...breaks("glitchBurst"),
    chunk: () => repeat(4, () => frame(unknownType, 0xff, 1, zeros(16_384))),
  },
  {
    name: "window-update-flood",
    sends: "WINDOW_UPDATE of 1 on the connection",
    ...breaks("windowUpdateSlack"),
    ...flood(() => formatWindowUpdate(0, 1)),
  },
];

const streamFloods: readonly Omit<Attack, "against">[] = [
  {
    name: "stream-window-update-flood",
    sends: "WINDOW_UPDATE of 1 on a stream",
    ...breaks("windowUpdateSlack"),
    opening: (peer) => collectCall(peer, true),
    ...flood((peer) => formatWindowUpdate(peer.lastId, 1)),
  },
  {
    name: "settings-window-churn",
    cve: "CVE-2019-9515",
    sends: "SETTINGS that move the windows of 900 streams up and down",
    ...breaks("settingsBurst"),
    opening: (peer) => repeat(900, () => collectCall(peer)),
    chunk: () =>
      repeat(100, (i) => formatSettings([SettingId.INITIAL_WINDOW_SIZE, i % 2 === 0 ? 0 : 65_535])),
  },
  {
    name: "empty-data",
    cve: "CVE-2019-9518",
    sends: "DATA without a byte, and without END_STREAM",
    ...breaks("emptyDataBurst"),
    opening: (peer) => collectCall(peer),
    ...flood((peer) => formatData(peer.lastId, zeros(0))),
  },
  {
    name: "padding-only-data",
    cve: "CVE-2019-9518",
    sends: "DATA that is nothing but 255 bytes of padding",
    ...breaks("emptyDataBurst"),
    opening: (peer) => collectCall(peer),
    ...flood((peer) => formatData(peer.lastId, zeros(0), false, 255)),
  },
  {
    name: "tiny-data-unread",
    cve: "RUSTSEC-2026-0258",
    sends: "DATA of one byte for handlers that do not read",
    ...breaks("maxSmallDataBytes"),
    opening: (peer) => collectCall(peer, true),
    ...flood((peer) => formatData(peer.lastId, zeros(1))),
  },
  {
    name: "goaway-flood",
    sends: "GOAWAY, while an upload goes on",
    ...breaks("glitchBurst"),
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
