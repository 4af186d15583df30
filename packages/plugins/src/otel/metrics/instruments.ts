// The instruments by name: type, unit, description and bucket boundaries (gRFC A66, A96; OpenTelemetry's RPC metrics).

/** One instrument. */
export interface InstrumentSpec {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** Of histograms. */
  readonly bounds?: readonly number[];
  /** Whether it is off unless it is named. */
  readonly isExperimental?: boolean;
}

// gRFC A66, "Units".
const latencyBounds: readonly number[] = [
  0, 0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006,
  0.008, 0.01, 0.013, 0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25,
  0.3, 0.4, 0.5, 0.65, 0.8, 1, 2, 5, 10, 20, 50, 100,
];
const sizeBounds: readonly number[] = [
  0, 1024, 2048, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864, 268435456,
  1073741824, 4294967296,
];
const rpcBounds: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

const duration = (name: string, description: string): InstrumentSpec => ({
  name,
  unit: "s",
  description,
  bounds: latencyBounds,
});

const size = (name: string, description: string): InstrumentSpec => ({
  name,
  unit: "By",
  description,
  bounds: sizeBounds,
});

const experimental = (spec: InstrumentSpec): InstrumentSpec => ({ ...spec, isExperimental: true });

type Group<Name extends string> = Readonly<Record<Name, InstrumentSpec>>;

/** What a server records of its calls. */
export const serverInstruments: Group<"started" | "duration" | "sent" | "received"> = {
  started: {
    name: "grpc.server.call.started",
    unit: "{call}",
    description: "Calls that have begun, those included that have not ended.",
  },
  duration: duration("grpc.server.call.duration", "From the head of a request to its status."),
  sent: size(
    "grpc.server.call.sent_total_compressed_message_size",
    "Bytes of all responses of a call, compressed, without framing.",
  ),
  received: size(
    "grpc.server.call.rcvd_total_compressed_message_size",
    "Bytes of all requests of a call, compressed, without framing.",
  ),
};

/** What a client records of each attempt. */
export const attemptInstruments: Group<"started" | "duration" | "sent" | "received"> = {
  started: {
    name: "grpc.client.attempt.started",
    unit: "{attempt}",
    description: "Attempts that have begun, those included that have not ended.",
  },
  duration: duration(
    "grpc.client.attempt.duration",
    "From the begin of an attempt, the choice of a connection included, to its end.",
  ),
  sent: size(
    "grpc.client.attempt.sent_total_compressed_message_size",
    "Bytes of all requests of an attempt, compressed, without framing.",
  ),
  received: size(
    "grpc.client.attempt.rcvd_total_compressed_message_size",
    "Bytes of all responses of an attempt, compressed, without framing.",
  ),
};

/** What a client records of each call (gRFC A66, A96). */
export const callInstruments: Group<
  "duration" | "retries" | "transparentRetries" | "hedges" | "retryDelay"
> = {
  duration: duration("grpc.client.call.duration", "A call from end to end, as its caller sees it."),
  retries: experimental({
    name: "grpc.client.call.retries",
    unit: "{retry}",
    description: "Retries of a call; calls without any are not counted.",
    bounds: [1, 2, 3, 4, 5],
  }),
  transparentRetries: experimental({
    name: "grpc.client.call.transparent_retries",
    unit: "{transparent_retry}",
    description: "Retries of a call that no server has seen; calls without any are not counted.",
    bounds: [1, 2, 3, 4, 5, 10],
  }),
  hedges: experimental({
    name: "grpc.client.call.hedges",
    unit: "{hedge}",
    description: "Hedged attempts of a call; calls without any are not counted.",
    bounds: [1, 2, 3, 4, 5],
  }),
  retryDelay: experimental(
    duration("grpc.client.call.retry_delay", "How long a call had no attempt under way."),
  ),
};

/** The durations of OpenTelemetry's own conventions. */
export const rpcInstruments: Group<"server" | "client"> = {
  server: {
    name: "rpc.server.call.duration",
    unit: "s",
    description: "Duration of incoming calls.",
    bounds: rpcBounds,
  },
  client: {
    name: "rpc.client.call.duration",
    unit: "s",
    description: "Duration of outgoing calls.",
    bounds: rpcBounds,
  },
};

/** The names of all of them, for those who choose. */
export const instrumentNames: ReadonlySet<string> = new Set(
  [serverInstruments, attemptInstruments, callInstruments, rpcInstruments]
    .flatMap((group): InstrumentSpec[] => Object.values(group))
    .map(({ name }) => name),
);
