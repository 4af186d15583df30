// What makes the actions of a chat participant well formed.
import type { ChatJoin } from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import { invalidFields, type Violation } from "./failures.js";
import { checkText } from "./text-rules.js";

/**
 * Checks what a participant gives when it enters a room.
 * @throws {RpcError} INVALID_ARGUMENT naming every field at fault.
 */
export function checkJoin(join: ChatJoin): void {
  const violations: Violation[] = [];
  if (!/^[a-zA-Z0-9_.-]{1,64}$/.test(join.room)) {
    const description =
      join.room === "" ? "is required" : "is not 1 to 64 of a-z, A-Z, 0-9, _, - and .";
    violations.push({ field: "join.room", description });
  }
  const problem = checkText(join.name, { min: 1, max: 64 });
  if (problem !== undefined) violations.push({ field: "join.name", description: problem });
  if (violations.length > 0) throw invalidFields(violations);
}

/**
 * Checks what a participant says.
 * @throws {RpcError} INVALID_ARGUMENT when it is empty, too long or has control characters.
 */
export function checkChatText(text: string): void {
  const problem = checkText(text, { min: 1, max: 4000, multiline: true });
  if (problem !== undefined) throw invalidFields([{ field: "text.text", description: problem }]);
}
