// Compiles the rules of a field: whether it must be there, when its value matters, and what holds for the value.
import { type DescField, getOption, isFieldSet, type Message } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import {
  type FieldRules,
  field as fieldRules,
  Ignore,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { type Accept, type AcceptMessages, acceptAll } from "./accept.js";
import { compileValue } from "./compile-value.js";

/** The checks of a field, as checks of the message that has it; undefined when they are beyond this compiler. */
export function compileField(
  field: DescField,
  find: AcceptMessages,
): readonly Accept<Message>[] | undefined {
  const rules = getOption(field, fieldRules);
  if (rules.ignore === Ignore.ALWAYS) return [];
  const checks = compileValue(field, rules, find);
  if (checks === undefined) return undefined;
  const isSet: Accept<Message> = (message) => isFieldSet(message, field);
  const required = rules.required ? [isSet] : [];
  if (checks.length === 0) return required;
  const accepts = acceptAll(checks as readonly Accept<unknown>[]);
  const read = reader(field);
  if (matters(field, rules)) return [...required, (message) => accepts(read(message))];
  return [...required, (message) => !isSet(message) || accepts(read(message))];
}

/** Whether the rules hold for the value whatever it is, also when it is empty. */
function matters(field: DescField, { ignore }: FieldRules): boolean {
  if (ignore === Ignore.IF_ZERO_VALUE) return false;
  if (field.fieldKind === "list" || field.fieldKind === "map") return true;
  return field.fieldKind !== "message" && field.presence === FeatureSet_FieldPresence.IMPLICIT;
}

function reader(field: DescField): (message: Message) => unknown {
  const name = (field.oneof ?? field).localName;
  const read = (message: Message): unknown => (message as unknown as Record<string, unknown>)[name];
  if (field.oneof === undefined) return read;
  return (message) => (read(message) as { readonly value?: unknown }).value;
}
