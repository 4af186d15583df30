// What it means for a call that its stream was reset, or its connection lost.
import { Code, codeFromHttp2, RpcError } from "@trunkline/core";
import type { StreamResetReason } from "@trunkline/http2";
import type { Reach } from "../../retry/transparent-retry.js";
import type { AttemptReceiver } from "../transport.js";

/** The error that a call ends with whose stream was reset. */
export function toResetError(
  reason: StreamResetReason,
  receiver: AttemptReceiver,
  host: { readonly peer: string; readonly closeReason: RpcError | undefined },
): RpcError {
  const { closeReason, peer } = host;
  if (closeReason !== undefined && reason.source === "connection") {
    return new RpcError(closeReason.code, closeReason.message);
  }
  if (reason.unprocessed || reason.source === "connection") {
    return new RpcError(Code.UNAVAILABLE, `${peer}: ${reason.message}`, { cause: reason.cause });
  }
  const code = codeFromHttp2(reason.code);
  // A server that enforces the same deadline may be a moment faster with its CANCEL than our own wheel.
  if (code === Code.CANCELLED && receiver.remainingMs() <= 0) {
    return new RpcError(
      Code.DEADLINE_EXCEEDED,
      `${peer} cancelled the stream at the call's deadline`,
    );
  }
  return new RpcError(code, `${peer}: ${reason.message}`, { cause: reason.cause });
}

/** How far the call came whose stream was reset. What this side has closed is not begun again. */
export function reachOf(
  reason: StreamResetReason,
  host: { readonly closeReason: RpcError | undefined },
): Reach {
  if (host.closeReason !== undefined && reason.source === "connection") {
    return "local";
  }
  return reason.unsent === true ? "unsent" : reason.unprocessed ? "refused" : "sent";
}
