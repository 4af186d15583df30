// Log entries as lines of text, for people.
import type { DescEnum } from "@bufbuild/protobuf";
import { type Code, codeName, toLogText } from "@trunkline/core";
import {
  type Address,
  Address_Type,
  type GrpcLogEntry,
  GrpcLogEntry_EventTypeSchema,
  GrpcLogEntry_LoggerSchema,
  type Metadata,
} from "./gen/grpc/binlog/v1/binarylog_pb.js";

const maxTextChars = 1024;

/**
 * One entry as one line: time, call and place in it, who has logged, what has happened. Text that came from strangers is
 * cut and escaped; messages are shown by their length.
 * @example
 * // 2026-11-21T12:00:00.000Z 1.3 server CLIENT_MESSAGE 12 bytes
 */
export function formatLogEntry(entry: GrpcLogEntry): string {
  const { timestamp, callId, sequenceIdWithinCall, logger, type, payload } = entry;
  const ms = Number(timestamp?.seconds ?? 0n) * 1000 + (timestamp?.nanos ?? 0) / 1e6;
  const parts = [
    formatTime(ms),
    `${callId}.${sequenceIdWithinCall}`,
    nameOf(GrpcLogEntry_LoggerSchema, logger).toLowerCase(),
    nameOf(GrpcLogEntry_EventTypeSchema, type),
    ...(payload.case === undefined ? [] : formatPayload(payload)),
    ...(entry.peer === undefined ? [] : [`peer=${formatAddress(entry.peer)}`]),
    ...(entry.payloadTruncated ? ["(truncated)"] : []),
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** Without the prefix that all values of an enumeration share. */
function nameOf(type: DescEnum, value: number): string {
  const name = type.value[value]?.name ?? String(value);
  return name.slice((type.sharedPrefix ?? "").length);
}

function formatTime(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms}ms`;
}

function formatPayload(payload: GrpcLogEntry["payload"]): string[] {
  switch (payload.case) {
    case "clientHeader": {
      const { methodName, authority, timeout, metadata } = payload.value;
      const ms = Number(timeout?.seconds ?? 0n) * 1000 + (timeout?.nanos ?? 0) / 1e6;
      return [
        text(methodName),
        authority === "" ? "" : `authority=${text(authority)}`,
        timeout === undefined ? "" : `timeout=${ms}ms`,
        ...formatMetadata(metadata),
      ];
    }
    case "serverHeader":
      return formatMetadata(payload.value.metadata);
    case "message":
      return [`${payload.value.length} bytes`];
    case "trailer": {
      const { statusCode, statusMessage, metadata } = payload.value;
      const message = statusMessage === "" ? "" : JSON.stringify(text(statusMessage));
      return [codeName(statusCode as Code), message, ...formatMetadata(metadata)];
    }
    default:
      return [];
  }
}

function formatMetadata(metadata: Metadata | undefined): string[] {
  return (metadata?.entry ?? []).map(({ key, value }) => {
    const shown = key.endsWith("-bin")
      ? btoa(String.fromCharCode(...value.subarray(0, maxTextChars)))
      : text(new TextDecoder().decode(value));
    return `${text(key)}=${JSON.stringify(shown)}`;
  });
}

function formatAddress({ type, address, ipPort }: Address): string {
  if (type === Address_Type.IPV6) return `[${text(address)}]:${ipPort}`;
  return type === Address_Type.IPV4 ? `${text(address)}:${ipPort}` : text(address);
}

function text(value: string): string {
  return toLogText(value, maxTextChars);
}
