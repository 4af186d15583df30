// The bytes field with which a message ends on the wire: large ones need not be copied to be sent.
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import type { Loose } from "./message-code.js";

/** Reads the bytes of that field; undefined when something else stands last in this message. */
export type TailReader = (message: Loose) => Uint8Array | undefined;

/** Fields are written by number, what is unknown behind them. @returns undefined when the last field holds no bytes. */
export function createTailReader(desc: DescMessage): TailReader | undefined {
  const last = desc.fields.reduce<DescField | undefined>(laterOf, undefined);
  if (last?.fieldKind !== "scalar" || last.scalar !== ScalarType.BYTES) return undefined;
  const { localName } = last;
  const oneof = last.oneof?.localName;
  return (message) => {
    const holder = oneof === undefined ? message : (message[oneof] as Loose);
    if (message.$unknown !== undefined || (oneof !== undefined && holder.case !== localName)) {
      return undefined;
    }
    const value = oneof === undefined ? holder[localName] : holder.value;
    return value instanceof Uint8Array ? value : undefined;
  };
}

function laterOf(found: DescField | undefined, field: DescField): DescField {
  return found !== undefined && found.number > field.number ? found : field;
}
