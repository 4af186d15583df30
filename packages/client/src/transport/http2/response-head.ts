// Judges a response head: gRPC or not, and if not, what it is taken for.
import {
  Code,
  codeFromHttpStatus,
  identity,
  parseAcceptEncoding,
  parseContentType,
  RpcError,
} from "@trunkline/core";
import type { HeaderList } from "@trunkline/http2";

/** What a response head says to a gRPC client (PROTOCOL-HTTP2.md "Responses"). */
export class ResponseHead {
  /** HTTP status 200 and a gRPC content type: messages follow. */
  readonly isGrpc: boolean;
  /** The message format that the content type names; undefined when it names none, as most do. */
  readonly format: string | undefined;
  /** The content type is gRPC or absent, so that a `grpc-status` in the same block counts. */
  readonly mayCarryStatus: boolean;
  /** And with HTTP status 200: nothing else may say that the call went well. */
  readonly mayCarryOk: boolean;
  /** Of a response that is not gRPC. */
  readonly code: Code;
  readonly text: string;
  /** `grpc-encoding` when it is anything but identity. */
  readonly encoding: string | undefined;
  /** The encodings in `grpc-accept-encoding`; undefined: the server has not said. */
  readonly accepted: ReadonlySet<string> | undefined;

  constructor(fields: readonly string[]) {
    const status = fieldOf(fields, ":status") ?? "";
    const contentType = fieldOf(fields, "content-type");
    const format = contentType === undefined ? undefined : parseContentType(contentType);
    const isGrpcType = format !== undefined;
    const encoding = fieldOf(fields, "grpc-encoding")?.toLowerCase();
    const accepted = fieldOf(fields, "grpc-accept-encoding");
    this.isGrpc = status === "200" && isGrpcType;
    this.format = contentType?.includes("+") ? format : undefined;
    this.mayCarryStatus = isGrpcType || contentType === undefined;
    this.mayCarryOk = status === "200" && this.mayCarryStatus;
    this.code = this.isGrpc ? Code.OK : codeFromHttpStatus(Number(status));
    this.text = this.isGrpc ? "" : describeForeign(status, contentType, isGrpcType);
    this.encoding = encoding === undefined || encoding === identity ? undefined : encoding;
    this.accepted = accepted === undefined ? undefined : parseAcceptEncoding(accepted);
  }
}

function describeForeign(
  status: string,
  contentType: string | undefined,
  isGrpcType: boolean,
): string {
  if (isGrpcType) {
    return `the server answered with HTTP status ${status}`;
  }
  const type =
    contentType === undefined ? "no content-type" : `unexpected content-type "${contentType}"`;
  return `the server answered with HTTP status ${status} and ${type}, which is not gRPC`;
}

/** The first value of a field, or undefined. */
export function fieldOf(fields: readonly string[], name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === name) {
      return fields[i + 1];
    }
  }
  return undefined;
}

/** The judgement of a head, worked out once for blocks that come again and again. */
export function responseHeadOf(list: HeaderList): ResponseHead {
  const memo = list.memo;
  if (memo instanceof ResponseHead) {
    return memo;
  }
  const head = new ResponseHead(list.fields);
  list.memo = head;
  return head;
}

/** Whether a `grpc-status` is OK or says nothing. */
export function isOk(status: string | undefined): boolean {
  return Number(status ?? 0) === 0;
}

/** Why no messages can follow a head that is gRPC; undefined: they can. @param format what was asked for. */
export function faultOfHead(
  head: ResponseHead,
  format: string,
  endStream: boolean,
): RpcError | undefined {
  if (endStream) {
    const text = "the server ended the call with a response head that has no grpc-status";
    return new RpcError(Code.UNKNOWN, text);
  }
  if (head.format === undefined || head.format === format) {
    return undefined;
  }
  const text = `the server answered with messages of format "${head.format}" to a call with messages of format "${format}"`;
  return new RpcError(Code.INTERNAL, text);
}
