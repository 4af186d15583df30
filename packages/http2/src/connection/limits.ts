// Every limit of a connection with its default, in one place.

/**
 * What a connection grants its peer and itself. Sizes are in bytes, times in milliseconds, rates per second;
 * `Infinity` switches a limit off where the text does not say otherwise. A peer that breaks one of the limits on
 * floods gets GOAWAY ENHANCE_YOUR_CALM whose debug data begins with the limit's name; `Connection.stats` counts.
 */
export interface ConnectionLimits {
  // --- windows and sizes

  /** Receive window that each stream starts with: SETTINGS_INITIAL_WINDOW_SIZE, 0 .. 2^31-1. Default 1 MiB. */
  readonly streamWindowBytes: number;
  /** Receive window that the connection starts with, 65,535 .. 2^31-1. Default 1 MiB. */
  readonly connectionWindowBytes: number;
  /** Windows grow with the path's bandwidth-delay product up to this, at most `maxUnreadBytes`. Default 16 MiB. */
  readonly maxWindowBytes: number;
  /** Whether windows grow at all. Off: they stay as they start. Default true. */
  readonly adaptiveWindows: boolean;
  /** Most unread DATA held for all streams together, plus what the connection window still admits. Default 16 MiB. */
  readonly maxUnreadBytes: number;
  /** Streams a client may have open: SETTINGS_MAX_CONCURRENT_STREAMS; handlers that outlive their stream count. More are refused. Default 1000. */
  readonly maxConcurrentStreams: number;
  /** Largest frame accepted: SETTINGS_MAX_FRAME_SIZE, 16,384 .. 16,777,215. Default 16,384. */
  readonly maxFrameBytes: number;
  /** Largest header list accepted: SETTINGS_MAX_HEADER_LIST_SIZE; a client that sends one four times as large is left. Default 16 KiB. */
  readonly maxHeaderListBytes: number;
  /** Most fields in a header list, cookie crumbs counted one by one (CVE-2026-49975, 2026-47774). Default 128. */
  readonly maxHeaderFields: number;
  /** Whether field values may have white space at an end. Off: such messages are malformed (RFC 9113 s8.2.1). Default false. */
  readonly allowsOuterSpace: boolean;
  /** Most bytes of request heads of all live streams together, as the list size counts them; more are refused (CVE-2026-49975). Default 4 MiB. */
  readonly maxLiveHeaderBytes: number;
  /** HPACK table the peer's encoder may use: SETTINGS_HEADER_TABLE_SIZE. Default 4096. */
  readonly headerTableBytes: number;
  /** Most HPACK table kept for sending, whatever the peer allows. Default 4096. */
  readonly maxEncoderTableBytes: number;

  /** Above this many queued bytes of one stream `sendData` returns false. Default 64 KiB. */
  readonly streamHighWaterBytes: number;
  /** At this many queued bytes `writable` is called. Default 32 KiB. */
  readonly streamLowWaterBytes: number;
  /** Above this many unsent bytes of all streams `sendData` returns false. Default 1 MiB. */
  readonly connectionHighWaterBytes: number;

  // --- the life of a connection

  /** Until the preface and both SETTINGS have been exchanged and acknowledged; then SETTINGS_TIMEOUT. Default 20 s. */
  readonly handshakeTimeoutMs: number;
  /** Until later SETTINGS of ours are acknowledged; then SETTINGS_TIMEOUT (RFC 9113 s6.5.3). Default 60 s. */
  readonly settingsAckTimeoutMs: number;
  /** From a block's HEADERS to its END_HEADERS; then ENHANCE_YOUR_CALM. Default 10 s. */
  readonly headerBlockTimeoutMs: number;
  /** Silence of the peer after which a PING asks whether it is there (gRFC A8, A9). Default: a client never, a server 2 h. */
  readonly keepaliveTimeMs: number;
  /** How long it has for any answer. Default 20 s. */
  readonly keepaliveTimeoutMs: number;
  /** Whether to ask while no stream is open, too. Default: a client no, a server yes. */
  readonly keepaliveWithoutCalls: boolean;
  /** A client's smallest `keepaliveTimeMs`; less is raised to this (gRFC A8). Default 10 s. */
  readonly minKeepaliveTimeMs: number;
  /** Without streams for so long: a graceful end, `max_idle` (gRFC A9). Default Infinity. */
  readonly maxConnectionIdleMs: number;
  /** As old as this, give or take a tenth: a graceful end, `max_age` (gRFC A9). Default Infinity. */
  readonly maxConnectionAgeMs: number;
  /** What streams have left after `maxConnectionAgeMs`; then they are cut off. Default Infinity. */
  readonly maxConnectionAgeGraceMs: number;
  /** Longest wait between the two GOAWAYs of a graceful end. Default 5 s. */
  readonly drainFenceMs: number;
  /** The last id a client opens a stream with, 1 .. 2^31-1; then it drains, and a new connection is wanted. Default three quarters of 2^31-1. */
  readonly maxStreamId: number;

  // --- PING from the peer

  /** Least time between two PINGs of a client that has streams, unless HEADERS or DATA were sent to it since (gRFC A8). Default 5 min. */
  readonly minPingIntervalMs: number;
  /** The same while it has none. Default 2 h. */
  readonly minIdlePingIntervalMs: number;
  /** `minPingIntervalMs` counts for clients without streams, too. Default false. */
  readonly pingsWithoutCalls: boolean;
  /** PINGs that came too early before GOAWAY `too_many_pings`. Default 2. */
  readonly maxPingStrikes: number;
  /** A server's PINGs to a client to which it has nothing else to say: at once, and per second (CVE-2019-9512). Default 100, 10. */
  readonly pingBurst: number;
  /** See `pingBurst`. Default 10. */
  readonly pingsPerSecond: number;

  // --- floods

  /** New streams of one peer, and resets of streams, handled before others get a turn, 1 or more; 32 small DATA frames count as one. Default 32. */
  readonly maxStreamsPerTurn: number;
  /** Ended streams after which resets are weighed against them (CVE-2023-44487). Default 500. */
  readonly resetSample: number;
  /** Largest part of them that may be premature resets, 0 .. 1. Default 0.5. */
  readonly maxResetRatio: number;
  /** A reset is premature when no answer has begun and the stream is younger than this; deadlines make older ones. Default 20 ms. */
  readonly prematureResetMs: number;
  /** Least time between two turns of `maxStreamsPerTurn` once an eighth of `resetSample` were premature resets, and more of what ended than `maxResetRatio`. Default 10 ms. */
  readonly resetPauseMs: number;
  /** Streams reset for the peer's faults: at once, and per second (CVE-2025-8671). Default 1000, 33. */
  readonly errorResetBurst: number;
  /** See `errorResetBurst`. Default 33. */
  readonly errorResetsPerSecond: number;
  /** Frames without any effect (PRIORITY, unknown types, ACKs and resets of nothing): at once, and per second; each stream pays for two, and each KiB of an unknown type counts as one more. Default 10,000, 330. */
  readonly glitchBurst: number;
  /** See `glitchBurst`. Default 330. */
  readonly glitchesPerSecond: number;
  /**
   * SETTINGS frames: at once, and per second (CVE-2019-9515). One that moves the windows of open streams counts as one more
   * for every 128 of them. Default 100, 10.
   */
  readonly settingsBurst: number;
  /** See `settingsBurst`. Default 10. */
  readonly settingsPerSecond: number;
  /** DATA frames without payload and END_STREAM: at once, and per second (CVE-2019-9518). Default 100, 10. */
  readonly emptyDataBurst: number;
  /** See `emptyDataBurst`. Default 10. */
  readonly emptyDataPerSecond: number;
  /** Unread DATA frames below 256 bytes count as 256 each; what they count above their size may come to this (RUSTSEC-2026-0258). Default 16 MiB. */
  readonly maxSmallDataBytes: number;
  /** WINDOW_UPDATE frames beyond 2 for each stream and 20 for each 16 KiB of DATA sent, or part of them. Default 100. */
  readonly windowUpdateSlack: number;
  /** Most CONTINUATION frames in one block; an empty one counts double (CVE-2024-27316). Default 8, or more where `maxHeaderBlockBytes` needs it. */
  readonly maxContinuations: number;
  /** Largest compressed header block. Default 32 KiB. */
  readonly maxHeaderBlockBytes: number;
  /** Most entries in one SETTINGS frame (CVE-2020-11080). Default 32. */
  readonly maxSettingsEntries: number;
  /** Unsent answers to the peer's frames (ACKs, resets) at which reading is paused. Default 100. */
  readonly pauseControlFrames: number;
  /** Unsent answers to the peer's frames at which the connection is ended (CVE-2019-9512, 9515). Default 1000. */
  readonly maxControlFrames: number;
  /** Most 1xx responses before the final one. Default 10. */
  readonly maxInformational: number;
  /** DATA that waits for a peer that takes none of it: above this new streams are refused after a second, and after `stallTimeoutMs` the connection is ended (CVE-2016-1546, 2019-9517). Default 16 MiB. */
  readonly maxStalledBytes: number;
  /** How long a peer may take less than 64 KiB of more than `maxStalledBytes`. Default 5 s. */
  readonly stallTimeoutMs: number;
  /** How long any DATA at all may wait without a byte of it being taken. Default Infinity. */
  readonly writeStallTimeoutMs: number;
  /** Streams a client opens before it knows the server's SETTINGS. Default 100. */
  readonly streamsBeforeSettings: number;
}

/** The defaults of a client's `ConnectionLimits`, and all but three of a server's. */
export const connectionLimitDefaults: ConnectionLimits = {
  streamWindowBytes: 1_048_576,
  connectionWindowBytes: 1_048_576,
  maxWindowBytes: 16_777_216,
  adaptiveWindows: true,
  maxUnreadBytes: 16_777_216,
  maxConcurrentStreams: 1000,
  maxFrameBytes: 16_384,
  maxHeaderListBytes: 16_384,
  maxHeaderFields: 128,
  allowsOuterSpace: false,
  maxLiveHeaderBytes: 4_194_304,
  headerTableBytes: 4096,
  maxEncoderTableBytes: 4096,
  streamHighWaterBytes: 65_536,
  streamLowWaterBytes: 32_768,
  connectionHighWaterBytes: 1_048_576,

  handshakeTimeoutMs: 20_000,
  settingsAckTimeoutMs: 60_000,
  headerBlockTimeoutMs: 10_000,
  keepaliveTimeMs: Number.POSITIVE_INFINITY,
  keepaliveTimeoutMs: 20_000,
  keepaliveWithoutCalls: false,
  minKeepaliveTimeMs: 10_000,
  maxConnectionIdleMs: Number.POSITIVE_INFINITY,
  maxConnectionAgeMs: Number.POSITIVE_INFINITY,
  maxConnectionAgeGraceMs: Number.POSITIVE_INFINITY,
  drainFenceMs: 5000,
  maxStreamId: 1_610_612_735,

  minPingIntervalMs: 300_000,
  minIdlePingIntervalMs: 7_200_000,
  pingsWithoutCalls: false,
  maxPingStrikes: 2,
  pingBurst: 100,
  pingsPerSecond: 10,

  maxStreamsPerTurn: 32,
  resetSample: 500,
  maxResetRatio: 0.5,
  prematureResetMs: 20,
  resetPauseMs: 10,
  errorResetBurst: 1000,
  errorResetsPerSecond: 33,
  glitchBurst: 10_000,
  glitchesPerSecond: 330,
  settingsBurst: 100,
  settingsPerSecond: 10,
  emptyDataBurst: 100,
  emptyDataPerSecond: 10,
  maxSmallDataBytes: 16_777_216,
  windowUpdateSlack: 100,
  maxContinuations: 8,
  maxHeaderBlockBytes: 32_768,
  maxSettingsEntries: 32,
  pauseControlFrames: 100,
  maxControlFrames: 1000,
  maxInformational: 10,
  maxStalledBytes: 16_777_216,
  stallTimeoutMs: 5000,
  writeStallTimeoutMs: Number.POSITIVE_INFINITY,
  streamsBeforeSettings: 100,
};

/** The defaults of a server's `ConnectionLimits`: it asks silent clients after two hours, also idle ones (gRFC A9). */
export const serverLimitDefaults: ConnectionLimits = {
  ...connectionLimitDefaults,
  keepaliveTimeMs: 7_200_000,
  keepaliveWithoutCalls: true,
  minKeepaliveTimeMs: 0,
};

/** The name of a limit, as it stands in `ConnectionLimits`. */
export type LimitName = keyof ConnectionLimits;
