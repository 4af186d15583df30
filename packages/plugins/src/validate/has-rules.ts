// Whether a message, or anything that it can hold, has rules at all.
import { type DescMessage, hasOption } from "@bufbuild/protobuf";
import { field, message, oneof } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/** Whether there is any rule; `seen` has the types that were looked at, for types may hold themselves. */
export function hasRules(schema: DescMessage, seen: Set<DescMessage> = new Set()): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  return (
    hasOption(schema, message) ||
    schema.oneofs.some((it) => hasOption(it, oneof)) ||
    schema.fields.some(
      (it) => hasOption(it, field) || (it.message !== undefined && hasRules(it.message, seen)),
    )
  );
}
