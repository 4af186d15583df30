// Frames of a fixed size that have another one end the connection (RFC 9113 s4.2).
import { ErrorCode } from "../frame/error-code.js";
import { failConnection } from "./ending.js";
import type { Session } from "./session.js";

/** Whether the frame has the right size; the connection is ended when it has not. */
export function checkFrameSize(
  session: Session,
  name: string,
  size: number,
  wanted: number,
): boolean {
  if (size === wanted) return true;
  const message = `${name} of ${size} bytes, it must have ${wanted}`;
  failConnection(session, ErrorCode.FRAME_SIZE_ERROR, message);
  return false;
}
