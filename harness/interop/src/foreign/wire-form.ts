// Calls and their outcomes as lines of JSON: how they travel to drivers that are programs, and back.
import { create, type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { ErrorInfoSchema, StatusSchema } from "@trunkline/core";
import { InteropService } from "../gen/trunkline/interop/v1/interop_pb.js";
import { applicationFields, decodeDetails } from "../outcome.js";
import type { CallSpec, Fields, MethodName, Outcome } from "../peer.js";

/** Pairs of name and value as drivers write them: the value of a `-bin` name is base64. */
type WireFields = readonly (readonly [name: string, value: string])[];

/** A call to make. */
export interface WireCall {
  readonly path: string;
  readonly kind: DescMethod["methodKind"];
  /** Encoded, in base64. */
  readonly requests: readonly string[];
  /** How many responses the server gives to each request. */
  readonly answers: readonly number[];
  readonly metadata: WireFields;
  readonly timeoutMs: number | null;
  readonly cancelAfter: number | null;
  readonly holdOpen: boolean;
  readonly lockstep: boolean;
}

/** What came of it. */
export interface WireOutcome {
  readonly id: number;
  readonly code: number;
  readonly message: string;
  /** Encoded, in base64. */
  readonly responses: readonly string[];
  readonly headers: WireFields;
  readonly trailers: WireFields;
  /** The encoded `google.rpc.Status` in base64, if there was one. */
  readonly status: string | null;
}

/** How a program's own case ended; no error: well. */
export interface WireVerdict {
  readonly id: number;
  readonly error: string | null;
}

const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const fromText = (text: string): Buffer => Buffer.from(text, "base64");

function toWireFields(fields: Fields): WireFields {
  return fields.map(([name, value]) => [name, typeof value === "string" ? value : toText(value)]);
}

function fromWireFields(fields: WireFields): Fields {
  return fields.map(([name, value]) => [name, name.endsWith("-bin") ? fromText(value) : value]);
}

/** The call for a driver. */
export function toWireCall(spec: CallSpec): WireCall {
  const method: DescMethod = InteropService.method[spec.method];
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    kind: method.methodKind,
    requests: spec.requests.map((init) =>
      toText(toBinary(method.input, create(method.input, init as Message))),
    ),
    answers: spec.requests.map((init) => ("sizes" in init ? (init.sizes?.length ?? 0) : 0)),
    metadata: toWireFields(spec.metadata ?? []),
    timeoutMs: spec.timeoutMs ?? null,
    cancelAfter: spec.cancelAfter ?? null,
    holdOpen: spec.holdOpen ?? false,
    lockstep: spec.lockstep ?? false,
  };
}

/** The call as a driver in TypeScript makes it. */
export function fromWireCall(wire: WireCall): CallSpec {
  const name = wire.path.slice(wire.path.lastIndexOf("/") + 1);
  const method = (Object.entries(InteropService.method) as [MethodName, DescMethod][]).find(
    ([, candidate]) => candidate.name === name,
  );
  if (!method) throw new Error(`the interop service has no method ${wire.path}`);
  return {
    method: method[0],
    requests: wire.requests.map((text) => fromBinary(method[1].input, fromText(text))),
    metadata: fromWireFields(wire.metadata),
    ...(wire.timeoutMs === null ? {} : { timeoutMs: wire.timeoutMs }),
    ...(wire.cancelAfter === null ? {} : { cancelAfter: wire.cancelAfter }),
    holdOpen: wire.holdOpen,
    lockstep: wire.lockstep,
  } as CallSpec;
}

function encodeDetails(details: readonly string[]): string | null {
  if (details.length === 0) return null;
  const infos = details.map((detail) => {
    const [reason, domain] = detail.split("@");
    return anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: reason!, domain: domain! }));
  });
  return toText(toBinary(StatusSchema, create(StatusSchema, { details: infos })));
}

/** The outcome as a driver in TypeScript reports it. */
export function toWireOutcome(spec: CallSpec, outcome: Outcome, id: number): WireOutcome {
  const { output }: DescMethod = InteropService.method[spec.method];
  return {
    id,
    code: outcome.code,
    message: outcome.message,
    responses: outcome.responses.map((message) => toText(toBinary(output, message as never))),
    headers: toWireFields(outcome.headers),
    trailers: toWireFields(outcome.trailers),
    status: encodeDetails(outcome.details),
  };
}

/** What the scenarios are told of a driver's outcome. */
export function fromWireOutcome(spec: CallSpec, wire: WireOutcome): Outcome {
  const { output } = InteropService.method[spec.method];
  return {
    code: wire.code,
    message: wire.message,
    responses: wire.responses.map((text) => fromBinary(output, fromText(text))),
    headers: applicationFields(fromWireFields(wire.headers)),
    trailers: applicationFields(fromWireFields(wire.trailers)),
    details: decodeDetails(wire.status === null ? undefined : fromText(wire.status)),
  };
}
