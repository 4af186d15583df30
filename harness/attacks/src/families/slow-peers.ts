// Attacks by those who are slow on purpose: half of everything, windows that stay closed, answers never read.
import {
  connectionMagic,
  formatData,
  formatHeaders,
  formatSettings,
  formatWindowUpdate,
  SettingId,
} from "@trunkline/http2";
import { type Attack, breaks, goaway } from "../attack.js";
import { collectCall, feedCall, getCall, paths } from "../wire/calls.js";
import { requestBlock } from "../wire/hpack-by-hand.js";
import { envelope, join, repeat, zeros } from "../wire/octets.js";

const against = "server";
const throttled = { kind: "throttled" } as const;
const closed = { kind: "closed" } as const;
const mebibyte = 1_048_576;
const closedWindows = { settings: [SettingId.INITIAL_WINDOW_SIZE, 0] } as const;
/** GOAWAY of one that has not introduced itself. */
const notGreeted = {
  ending: goaway("SETTINGS_TIMEOUT", /^handshakeTimeoutMs: /),
  counter: "limitsBroken.handshakeTimeoutMs",
} as const;
/** The times that a run has. */
const impatient = { handshakeTimeoutMs: 300, limits: { headerBlockTimeoutMs: 300 } } as const;
const wideWindows = { settings: [SettingId.INITIAL_WINDOW_SIZE, 2 ** 31 - 1] } as const;
const widest = formatWindowUpdate(0, 2 ** 31 - 1 - 65_535);

const handshakes: readonly Attack[] = [
  {
    name: "slow-preface",
    sends: "nothing at all",
    against,
    ending: closed,
    counter: "handshakeTimeouts",
    behaviour: { greets: false, acknowledges: false },
    options: impatient,
    lanes: 50,
  },
  {
    name: "slow-preface-dribble",
    cve: "CVE-2026-48854",
    sends: "the preface, an octet at a time",
    against,
    ...notGreeted,
    behaviour: { greets: false, acknowledges: false },
    options: impatient,
    pauseMs: 50,
    lanes: 20,
    chunk: (peer) => connectionMagic.slice(peer.turn, ++peer.turn),
  },
  {
    name: "slow-settings",
    cve: "CVE-2026-48854",
    sends: "the preface, and no SETTINGS",
    against,
    ...notGreeted,
    behaviour: { greets: false, acknowledges: false },
    options: impatient,
    opening: () => connectionMagic,
    lanes: 50,
  },
  {
    name: "settings-unacknowledged",
    sends: "no acknowledgement of our SETTINGS",
    against,
    ...notGreeted,
    options: impatient,
    behaviour: { acknowledges: false },
    lanes: 50,
  },
  {
    name: "half-headers",
    cve: "CVE-2026-48854",
    sends: "HEADERS without END_HEADERS, and then nothing",
    against,
    ...breaks("headerBlockTimeoutMs"),
    behaviour: { acknowledges: false },
    options: { limits: { headerBlockTimeoutMs: 300 } },
    opening: (peer) => formatHeaders(peer.takeId(), requestBlock(paths.get), 0),
    lanes: 50,
  },
  {
    name: "half-frame",
    cve: "CVE-2026-48854",
    sends: "half of a HEADERS frame, and then nothing",
    against,
    ...breaks("headerBlockTimeoutMs"),
    behaviour: { acknowledges: false },
    options: { limits: { headerBlockTimeoutMs: 300 } },
    opening: (peer) => formatHeaders(peer.takeId(), requestBlock(paths.get)).subarray(0, 30),
    lanes: 50,
  },
];

const halfMessages: readonly Attack[] = [
  {
    name: "half-messages",
    sends: "1,000 uploads, each with 8 KiB of a message of 4 MiB that never ends",
    against,
    ending: { kind: "tolerated" },
    chunk: (peer) => {
      if (peer.turn++ >= 1000) return zeros(0);
      const head = collectCall(peer);
      return join(head, formatData(peer.lastId, envelope(zeros(8187), 4 * mebibyte)));
    },
  },
  {
    name: "lying-lengths",
    sends: "uploads that announce 4 MiB and send ten bytes, up to the limit on streams",
    against,
    ending: { kind: "tolerated" },
    keptMs: 1000,
    opening: (peer) =>
      repeat(1000, () => {
        const head = collectCall(peer);
        return join(head, formatData(peer.lastId, envelope(zeros(10), 4 * mebibyte)));
      }),
  },
  {
    name: "oversized-lengths",
    sends: "messages that announce 4 GiB",
    against,
    ending: { kind: "answered", status: "8" },
    pauseMs: 20,
    chunk: (peer) =>
      repeat(20, () => {
        const head = collectCall(peer);
        return join(head, formatData(peer.lastId, envelope(zeros(10), 2 ** 32 - 1), true));
      }),
  },
];

const unread: readonly Attack[] = [
  {
    name: "response-backlog",
    cve: "CVE-2019-9517",
    sends: "calls with endless answers, all windows open, and reads nothing",
    against,
    ending: throttled,
    counter: "writePauses",
    behaviour: { ...wideWindows, reads: false },
    opening: () => widest,
    chunk: (peer) => (peer.turn++ < 100 ? feedCall(peer, 1_000_000, 16_384) : zeros(0)),
  },
  {
    name: "response-backlog-unary",
    cve: "CVE-2019-9517",
    sends: "small calls with answers of 1 MiB, all windows open, and reads nothing",
    against,
    ending: throttled,
    counter: "writePauses",
    behaviour: { ...wideWindows, reads: false },
    opening: () => widest,
    chunk: (peer) => (peer.turn++ < 900 ? getCall(peer, mebibyte) : zeros(0)),
  },
  {
    name: "zero-window-streams",
    cve: "CVE-2016-1546",
    sends: "1,000 calls with endless answers, whose windows stay closed",
    against,
    ending: throttled,
    counter: "writePauses",
    behaviour: closedWindows,
    chunk: (peer) => (peer.turn++ < 1000 ? feedCall(peer, 1_000_000, 16_384) : zeros(0)),
  },
  {
    name: "zero-window-unary",
    cve: "CVE-2016-1546",
    sends: "1,000 small calls with answers of 1 MiB, whose windows stay closed",
    against,
    ending: throttled,
    counter: "writePauses",
    behaviour: closedWindows,
    chunk: (peer) => (peer.turn++ < 1000 ? getCall(peer, mebibyte) : zeros(0)),
  },
  {
    name: "window-dribble",
    cve: "CVE-2019-9511",
    sends: "100 calls for 1 MiB, and windows that open by one byte at a time",
    against,
    ...breaks("windowUpdateSlack"),
    behaviour: closedWindows,
    opening: (peer) => repeat(100, () => getCall(peer, mebibyte)),
    chunk: (peer) => repeat(1000, (i) => formatWindowUpdate(peer.lastId - 2 * (i % 100), 1)),
  },
  {
    name: "window-dribble-by-settings",
    cve: "CVE-2019-9511",
    sends: "the same by SETTINGS_INITIAL_WINDOW_SIZE",
    against,
    ...breaks("settingsBurst"),
    behaviour: closedWindows,
    opening: (peer) => repeat(100, () => getCall(peer, mebibyte)),
    chunk: (peer) =>
      repeat(100, () => formatSettings([SettingId.INITIAL_WINDOW_SIZE, ++peer.turn])),
  },
];

export const slowAttacks: readonly Attack[] = [...handshakes, ...halfMessages, ...unread];
