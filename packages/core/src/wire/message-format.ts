// How the messages of calls are written: protobuf, JSON, bytes as they are, or an application's own way.
import type { DescMessage } from "@bufbuild/protobuf";
import { checkMethods, describeValue } from "../status/option-checks.js";
import { UsageError } from "../status/usage-error.js";
import type { MessageCodec } from "./message-codec.js";

/** A way to write messages, as content types name it: `application/grpc+NAME`. */
export interface MessageFormat {
  /** The part of the content type behind `+`: lower case letters, digits, `.`, `-` and `_`. */
  readonly name: string;
  /** The codec of a message type. Asked once for each method and direction, when the method is first used. */
  codecFor(schema: DescMessage): MessageCodec<unknown>;
}

const token = /^[a-z0-9][a-z0-9._-]*$/;

/**
 * Makes sure that formats can be told apart by the content types of requests.
 * @throws {UsageError} when a name cannot stand in a content type, or two formats have the same one.
 */
export function checkFormats(formats: readonly MessageFormat[]): void {
  const names = new Set<string>();
  for (const format of formats) {
    checkMethods("formats", format, ["codecFor"]);
    const name = checkFormatName(format.name);
    if (names.has(name)) throw new UsageError(`two message formats are named "${name}"`);
    names.add(name);
  }
}

/** @throws {UsageError} when the name cannot stand in a content type. */
export function checkFormatName(name: string): string {
  if (typeof name === "string" && token.test(name)) return name;
  throw new UsageError(
    `a message format cannot be named ${describeValue(name)}: lower case letters, digits, ".", "-" and "_" are allowed`,
  );
}

/** The content type of a format: `application/grpc` for protobuf, which every peer understands. */
export function contentTypeOf(format: string): string {
  return format === "proto" ? "application/grpc" : `application/grpc+${format}`;
}
