// Between the runner's words for metadata and errors and ours.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Code, Metadata, RpcError } from "@trunkline/client";
import {
  type Error as ErrorMessage,
  ErrorSchema,
  type Header,
  type HeaderSchema,
} from "./gen/connectrpc/conformance/v1/service_pb.js";

/** Values under a name that ends in `-bin` travel as base64 in the runner's messages. */
const isBinary = (name: string): boolean => name.toLowerCase().endsWith("-bin");

/** Adds the runner's headers to metadata. */
export function addHeaders(metadata: Metadata, headers: readonly Header[]): Metadata {
  for (const { name, value } of headers) {
    for (const text of value) {
      metadata.append<string>(name, isBinary(name) ? Buffer.from(text, "base64") : text);
    }
  }
  return metadata;
}

/** Metadata as the runner's headers, one for each name. */
export function toHeaders(metadata: Metadata | undefined): MessageInitShape<typeof HeaderSchema>[] {
  const values = new Map<string, string[]>();
  for (const [name, value] of metadata ?? new Metadata()) {
    const text = typeof value === "string" ? value : Buffer.from(value).toString("base64");
    values.set(name, [...(values.get(name) ?? []), text]);
  }
  return [...values].map(([name, value]) => ({ name, value }));
}

/** The error that the runner asks for. Its codes have gRPC's numbers. */
export function toRpcError(error: ErrorMessage): RpcError {
  return new RpcError(error.code as number as Code, error.message ?? "", {
    details: error.details,
  });
}

/** What a call failed with, for the runner. */
export function toErrorMessage(reason: unknown): ErrorMessage {
  const { code, message, details } = RpcError.from(reason);
  return create(ErrorSchema, {
    code: code as number as ErrorMessage["code"],
    message,
    details: [...details],
  });
}
