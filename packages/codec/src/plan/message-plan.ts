// What a descriptor decides about encoding and decoding, worked out once and read by both modes.
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { isStructField, isUnwrappedField } from "./local-form.js";

/** A value that is not a message. */
export type PlainPlan = ScalarPlan | EnumPlan;

/** How a field value, a list element or a map value looks. */
export type ValuePlan = PlainPlan | SubMessagePlan;

export interface ScalarPlan {
  readonly kind: "scalar";
  readonly scalar: ScalarType;
  /** 64-bit integers are decimal strings: `jstype = JS_STRING`. */
  readonly longAsString: boolean;
  /** Strings that are not valid UTF-8 are refused rather than repaired. */
  readonly strictText: boolean;
}

export interface EnumPlan {
  readonly kind: "enum";
  /** Numbers that a closed enum knows; undefined for an open one. */
  readonly closed: ReadonlySet<number> | undefined;
  readonly zero: number;
}

export interface SubMessagePlan {
  readonly kind: "message";
  readonly desc: DescMessage;
  /** Written between group tags rather than behind a length. */
  readonly delimited: boolean;
  /** "struct": a JSON object stands for it; "wrapper": the wrapped value does. */
  readonly form: "message" | "wrapper" | "struct";
}

export type FieldShape = "implicit" | "explicit" | "required" | "oneof" | "list" | "map";

export interface FieldPlan {
  readonly number: number;
  /** As in the .proto file. */
  readonly protoName: string;
  /** The property of the message, or the case of the oneof. */
  readonly name: string;
  readonly shape: FieldShape;
  /** Property that holds the oneof; undefined outside of one. */
  readonly oneof: string | undefined;
  readonly value: ValuePlan;
  /** Lists of numbers are written as one run. */
  readonly packed: boolean;
  /** Scalar type of map keys; undefined for other shapes. */
  readonly mapKey: ScalarPlan | undefined;
}

export interface MessagePlan {
  readonly desc: DescMessage;
  /** In the order in which they are written: by field number. */
  readonly fields: readonly FieldPlan[];
}

// google.protobuf.FeatureSet.FieldPresence
const IMPLICIT = 2;
const LEGACY_REQUIRED = 3;

export function planMessage(desc: DescMessage): MessagePlan {
  const sorted = [...desc.fields].sort((a, b) => a.number - b.number);
  return { desc, fields: sorted.map(planField) };
}

function planField(field: DescField): FieldPlan {
  return {
    number: field.number,
    protoName: field.name,
    name: field.localName,
    shape: shapeOf(field),
    oneof: field.oneof?.localName,
    value: planValue(field),
    packed: field.fieldKind === "list" && field.packed,
    mapKey:
      field.fieldKind === "map" ? planScalar(field.mapKey, false, field.utf8Validation) : undefined,
  };
}

function shapeOf(field: DescField): FieldShape {
  if (field.fieldKind === "list" || field.fieldKind === "map") {
    return field.fieldKind;
  }
  if (field.oneof !== undefined) {
    return "oneof";
  }
  if (field.presence === IMPLICIT) {
    return "implicit";
  }
  return field.presence === LEGACY_REQUIRED ? "required" : "explicit";
}

function planValue(field: DescField): ValuePlan {
  if (field.message !== undefined) {
    return {
      kind: "message",
      desc: field.message,
      delimited: field.delimitedEncoding,
      form: isStructField(field) ? "struct" : isUnwrappedField(field) ? "wrapper" : "message",
    };
  }
  if (field.enum !== undefined) {
    // Lists and maps keep numbers that a closed enum does not know, as protobuf-es does.
    const checked = !field.enum.open && field.fieldKind === "enum";
    return {
      kind: "enum",
      closed: checked ? new Set(field.enum.values.map((value) => value.number)) : undefined,
      zero: field.enum.values[0]!.number,
    };
  }
  const longAsString = "longAsString" in field && field.longAsString === true;
  return planScalar(field.scalar, longAsString, field.utf8Validation);
}

function planScalar(scalar: ScalarType, longAsString: boolean, strictText: boolean): ScalarPlan {
  return { kind: "scalar", scalar, longAsString, strictText };
}

/** The scalar type that a value has on the wire: enums are int32. */
export function wireScalar(value: PlainPlan): ScalarType {
  return value.kind === "enum" ? ScalarType.INT32 : value.scalar;
}
