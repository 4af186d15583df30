// A peer that breaks a limit is told which one, counted, and left (RFC 9113 s10.5).
import { ErrorCode } from "../../frame/error-code.js";
import { failConnection } from "../ending.js";
import type { LimitName } from "../limits.js";
import type { Session } from "../session.js";

/** Ends the connection with ENHANCE_YOUR_CALM; its debug data begins with the name of the limit. */
export function breach(session: Session, limit: LimitName, message: string): void {
  breachWith(session, limit, ErrorCode.ENHANCE_YOUR_CALM, `${limit}: ${message}`);
}

/** The same with a code and debug data that others expect. */
export function breachWith(
  session: Session,
  limit: LimitName,
  code: number,
  message: string,
): void {
  failConnection(session, code, message, limit);
}
