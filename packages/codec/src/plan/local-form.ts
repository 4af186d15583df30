// Which message fields hold something simpler than a message: unwrapped wrappers, Structs as JSON.
import type { DescField, DescMessage } from "@bufbuild/protobuf";

const WRAPPERS: ReadonlySet<string> = new Set(
  ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"].map(
    (name) => `google.protobuf.${name}Value`,
  ),
);

/** A type of google/protobuf/wrappers.proto, by name and form. */
function isWrapper(desc: DescMessage): boolean {
  const field = desc.fields[0];
  return (
    WRAPPERS.has(desc.typeName) &&
    field !== undefined &&
    field.fieldKind === "scalar" &&
    field.name === "value" &&
    field.number === 1
  );
}

/** The field holds the wrapped value itself: singular wrapper fields outside of a oneof do. */
export function isUnwrappedField(field: DescField): boolean {
  return field.fieldKind === "message" && field.oneof === undefined && isWrapper(field.message);
}

/** The field holds a JSON object: google.protobuf.Struct anywhere but in google.protobuf.Value. */
export function isStructField(field: DescField): boolean {
  return (
    field.message?.typeName === "google.protobuf.Struct" &&
    field.parent.typeName !== "google.protobuf.Value"
  );
}
