// Every limit of a connection with its default, in one place.

/** What a connection grants its peer and itself. All sizes in bytes. */
export interface ConnectionLimits {
  /** Receive window of each stream: SETTINGS_INITIAL_WINDOW_SIZE, 0 .. 2^31-1. Default 1 MiB. */
  readonly streamWindowBytes: number;
  /** Receive window of the connection, 65,535 .. 2^31-1. Default 1 MiB. */
  readonly connectionWindowBytes: number;
  /** Most unread DATA held for all streams together, plus what the connection window still admits. Default 16 MiB. */
  readonly maxUnreadBytes: number;
  /** Streams a client may have open: SETTINGS_MAX_CONCURRENT_STREAMS. More are refused. Default 1000. */
  readonly maxConcurrentStreams: number;
  /** Largest frame accepted: SETTINGS_MAX_FRAME_SIZE, 16,384 .. 16,777,215. Default 16,384. */
  readonly maxFrameBytes: number;
  /** Largest header list accepted: SETTINGS_MAX_HEADER_LIST_SIZE. Default 16 KiB. */
  readonly maxHeaderListBytes: number;
  /** Most fields in a header list (CVE-2026-49975). Default 128. */
  readonly maxHeaderFields: number;
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

  /** Most CONTINUATION frames in one block; an empty one counts double (CVE-2024-27316). Default 8. */
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
  /** Streams a client opens before it knows the server's SETTINGS. Default 100. */
  readonly streamsBeforeSettings: number;
  /** Longest wait between the two GOAWAYs of a graceful end, in milliseconds. Default 5000. */
  readonly drainFenceMs: number;
}

/** The defaults of `ConnectionLimits`. */
export const connectionLimitDefaults: ConnectionLimits = {
  streamWindowBytes: 1_048_576,
  connectionWindowBytes: 1_048_576,
  maxUnreadBytes: 16_777_216,
  maxConcurrentStreams: 1000,
  maxFrameBytes: 16_384,
  maxHeaderListBytes: 16_384,
  maxHeaderFields: 128,
  headerTableBytes: 4096,
  maxEncoderTableBytes: 4096,
  streamHighWaterBytes: 65_536,
  streamLowWaterBytes: 32_768,
  connectionHighWaterBytes: 1_048_576,
  maxContinuations: 8,
  maxHeaderBlockBytes: 32_768,
  maxSettingsEntries: 32,
  pauseControlFrames: 100,
  maxControlFrames: 1000,
  maxInformational: 10,
  streamsBeforeSettings: 100,
  drainFenceMs: 5000,
};
