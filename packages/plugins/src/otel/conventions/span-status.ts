// How the status of a call becomes the status of its span, by either set of conventions.
import { type Span, SpanStatusCode } from "@opentelemetry/api";
import { Code, codeName } from "@trunkline/core";

/** The end of a call or an attempt. */
export interface EndedCall {
  readonly code: Code;
  readonly message: string;
}

// OpenTelemetry's conventions for gRPC: what of a server's codes is the server's own failure.
const serverErrors: ReadonlySet<Code> = new Set([
  Code.UNKNOWN,
  Code.DEADLINE_EXCEEDED,
  Code.UNIMPLEMENTED,
  Code.INTERNAL,
  Code.UNAVAILABLE,
  Code.DATA_LOSS,
]);

/** Whether the semantic conventions call this code an error of that end. */
export function isError(code: Code, end: "client" | "server"): boolean {
  return end === "client" ? code !== Code.OK : serverErrors.has(code);
}

/** By gRFC A72: OK is OK, all else is an error whose description begins with the code. */
export function setGrpcStatus(span: Span, { code, message }: EndedCall): void {
  if (code === Code.OK) span.setStatus({ code: SpanStatusCode.OK });
  else {
    const text = message === "" ? codeName(code) : `${codeName(code)}, ${message}`;
    span.setStatus({ code: SpanStatusCode.ERROR, message: text });
  }
}

/** By the semantic conventions: errors are marked, all else is left unset. */
export function setRpcStatus(span: Span, ended: EndedCall, end: "client" | "server"): void {
  if (!isError(ended.code, end)) return;
  span.setStatus({ code: SpanStatusCode.ERROR, message: ended.message });
}
