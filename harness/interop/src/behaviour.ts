// What every interop server in TypeScript does, whatever it is built on.
import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { ErrorInfoSchema, StatusSchema } from "@trunkline/core";
import type { Failure } from "./gen/trunkline/interop/v1/interop_pb.js";

/** The name under which details travel (gRPC over HTTP/2, "Status-Details"). */
export const DETAILS_KEY = "grpc-status-details-bin";

/** One answer of the size that was asked for. */
export function answerOf(size: number): { payload: Uint8Array } {
  return { payload: new Uint8Array(size) };
}

/** The `google.rpc.ErrorInfo` that a failure asks for. */
export function errorInfoOf(failure: Failure): { reason: string; domain: string } | undefined {
  return failure.reason === "" ? undefined : { reason: failure.reason, domain: "interop" };
}

/** The failure as an encoded `google.rpc.Status`, for servers that do not make it themselves. */
export function encodeDetails(failure: Failure): Uint8Array | undefined {
  const info = errorInfoOf(failure);
  if (!info) return undefined;
  const detail = anyPack(ErrorInfoSchema, create(ErrorInfoSchema, info));
  const { code, message } = failure;
  return toBinary(StatusSchema, create(StatusSchema, { code, message, details: [detail] }));
}

/** Remembers which tagged calls were cancelled, and tells those who wait for it. */
export class CancelLog {
  private readonly cancelled = new Set<string>();
  private readonly waiting = new Map<string, () => void>();

  /** Notes that the call with this tag was cancelled. */
  add(tag: string): void {
    this.cancelled.add(tag);
    this.waiting.get(tag)?.();
  }

  /** Resolves once the call with this tag has been cancelled. */
  wait(tag: string): Promise<void> {
    if (this.cancelled.has(tag)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.set(tag, resolve));
  }
}
