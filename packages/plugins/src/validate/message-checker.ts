// Holds messages against their rules outside of calls: what came by another way, or has been put together.
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import { processLog } from "@trunkline/core";
import { MessageRules } from "./message-rules.js";
import type { ValidateOptions } from "./validate.js";

/** A field of a message that breaks a rule. */
export interface FieldViolation {
  /** The path of the field, such as `profile.bio`, `roles[0]` or `labels["team"]`; empty for a rule of the whole message. */
  readonly field: string;
  /** What is wrong, in the words of the rule. */
  readonly description: string;
  /** The id of the rule, such as `string.max_len`. */
  readonly ruleId: string;
}

/**
 * A function that tells in what a message breaks the rules of its contract; nothing when it is sound. For messages that
 * `validate` does not see, or of which one may be bad without the call being so.
 * @throws {UsageError} when the rules cannot be compiled. The function throws `RpcError` INTERNAL when one of them cannot be
 * evaluated.
 * @example
 * const check = createMessageChecker(UserSchema);
 * const [violation] = check(user);
 */
export function createMessageChecker<D extends DescMessage>(
  schema: D,
  options: Omit<ValidateOptions, "responses"> = {},
): (message: MessageShape<D>) => readonly FieldViolation[] {
  const { registry, log = processLog } = options;
  const validator = createValidator(registry === undefined ? {} : { registry });
  const rules = MessageRules.compile(schema, validator, log);
  if (rules === undefined) return () => [];
  return (message) =>
    rules.violationsOf(message).map((it) => ({
      field: pathToString(it.field),
      description: it.message,
      ruleId: it.ruleId,
    }));
}
