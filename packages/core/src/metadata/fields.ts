// Metadata from received header fields, and header fields from metadata.
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import { Metadata, type MetadataValue } from "./metadata.js";
import { isBinaryName, isProtocolName, isReservedName, isValidName, isValidText } from "./names.js";

// Both alphabets and both ways of ending are accepted; base64Decode alone would skip white space.
const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Hears of an entry that is no metadata. */
export type DroppedEntry = (name: string, why: string) => void;

/**
 * The custom metadata among received header fields.
 * Dropped are pseudo-header fields, fields of the protocol itself, names and text values that are not
 * valid metadata, and `-bin` values that are not base64: a bad field never fails a call.
 * @param fields name, value, name, value ..., names in lower case.
 * @param dropped hears of those that are not valid; the protocol's own are none of its business.
 */
export function metadataFromFields(fields: readonly string[], dropped?: DroppedEntry): Metadata {
  const entries: MetadataValue[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at]!;
    if (isProtocolName(name)) {
      continue;
    }
    const fault = pushEntry(entries, name, fields[at + 1]!);
    if (fault !== undefined) {
      dropped?.(name, fault);
    }
  }
  return Metadata.fromEntries(entries);
}

/** @returns why the entry, or a part of it, is no metadata. */
function pushEntry(entries: MetadataValue[], name: string, received: string): string | undefined {
  if (!isValidName(name)) {
    return "its name has characters other than 0-9 a-z _ - .";
  }
  // ASCII-Value may be stripped of the space around it (PROTOCOL-HTTP2.md "Custom-Metadata").
  const value = received.trim();
  if (isBinaryName(name)) {
    return pushBinary(entries, name, value) ? undefined : "its value is not base64";
  }
  if (!isKnownText(value)) {
    if (!isValidText(value)) {
      return "its value has characters other than printable ASCII";
    }
    rememberText(value);
  }
  entries.push(name, value);
  return undefined;
}

/** Long texts that were found valid: tokens above all, which clients send with each call; looking through one costs 0.3 us. */
const knownTexts: string[] = new Array<string>(64).fill("");
const longText = 64;

function isKnownText(value: string): boolean {
  return value.length >= longText && knownTexts[slotOf(value)] === value;
}

function rememberText(value: string): void {
  if (value.length >= longText) {
    knownTexts[slotOf(value)] = value;
  }
}

/** The end of a token is of its signature, where tokens differ. */
function slotOf(value: string): number {
  const { length } = value;
  return (length + 7 * value.charCodeAt(length - 1) + 31 * value.charCodeAt(length - 2)) & 63;
}

// Intermediaries may join duplicates with a comma (PROTOCOL-HTTP2.md "Custom-Metadata").
function pushBinary(entries: MetadataValue[], name: string, joined: string): boolean {
  let isWhole = true;
  for (const part of joined.includes(",") ? joined.split(",") : [joined]) {
    const bytes = decodeBinaryValue(part.trim());
    if (bytes === undefined) {
      isWhole = false;
    } else {
      entries.push(name, bytes);
    }
  }
  return isWhole;
}

/**
 * Decodes one base64 value, padded or not, of either alphabet.
 * @returns undefined when the text is not base64.
 */
export function decodeBinaryValue(text: string): Uint8Array | undefined {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  const isComplete = digits % 4 !== 1 && (padding === 0 || text.length % 4 === 0);
  return isComplete && base64.test(text) ? base64Decode(text) : undefined;
}

/** Encodes bytes as the value of a `-bin` field: base64 of the standard alphabet, without padding. */
export function encodeBinaryValue(bytes: Uint8Array): string {
  return base64Encode(bytes, "std_raw");
}

/**
 * Appends metadata as header fields: name, value, name, value ... Names that applications may not set
 * (left over from received metadata that is sent on) are skipped.
 */
export function appendFields(metadata: Metadata | undefined, into: string[]): void {
  if (metadata === undefined || metadata.size === 0) {
    return;
  }
  for (const [name, value] of metadata) {
    if (!isReservedName(name)) {
      into.push(name, typeof value === "string" ? value : encodeBinaryValue(value));
    }
  }
}
