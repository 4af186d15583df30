// Makes the message to send out of whatever a handler returned.
import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { carryMark } from "@trunkline/core";

/**
 * Passes on a message of the wanted type, and makes one out of a plain init object.
 * @throws Error when the value can be neither.
 */
export function toResponseMessage(schema: DescMessage, value: unknown): Message {
  if (typeof value !== "object" || value === null) throw wrongValue(schema, String(value));
  const typeName = (value as Partial<Message>).$typeName;
  if (typeName === schema.typeName) return value as Message;
  if (typeName !== undefined) throw wrongValue(schema, `a message of type ${typeName}`);
  const message = create(schema, value as Record<string, unknown>);
  carryMark(value, message);
  return message;
}

function wrongValue(schema: DescMessage, found: string): Error {
  return new Error(`the handler returned ${found} where a ${schema.typeName} is expected`);
}
