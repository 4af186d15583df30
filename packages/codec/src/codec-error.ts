// The error of a message that cannot be encoded or of bytes that cannot be decoded.

/** Says which message type and field could not be encoded or decoded, and why. */
export class CodecError extends Error {
  override readonly name = "CodecError";
  /** Full name of the message type at fault, possibly one nested in the type of the codec. */
  readonly typeName: string;
  /** Name of the field at fault as the .proto file spells it; undefined: the message as such. */
  readonly fieldName: string | undefined;

  constructor(
    action: "encode" | "decode",
    typeName: string,
    fieldName: string | undefined,
    reason: string,
    options?: ErrorOptions,
  ) {
    const place = fieldName === undefined ? typeName : `${typeName}.${fieldName}`;
    super(`cannot ${action} ${place}: ${reason}`, options);
    this.typeName = typeName;
    this.fieldName = fieldName;
  }
}
