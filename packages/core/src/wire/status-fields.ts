// The status of a call as trailers: grpc-status, grpc-message, grpc-status-details-bin, metadata.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { type Status as RpcStatus, StatusSchema } from "../gen/google/rpc/status_pb.js";
import {
  appendFields,
  decodeBinaryValue,
  encodeBinaryValue,
  metadataFromFields,
} from "../metadata/fields.js";
import type { Metadata } from "../metadata/metadata.js";
import { Code, codeName, isCode } from "../status/code.js";
import type { Status } from "../status/status.js";
import { decodeMessage, encodeMessage } from "./percent.js";

const statusName = "grpc-status";
const messageName = "grpc-message";
const detailsName = "grpc-status-details-bin";
const noDetails: readonly Any[] = Object.freeze([]);

/**
 * The fields of the trailers that end a call: name, value, name, value ...
 * @param details travel in `grpc-status-details-bin`, and then take the place of a field of that name
 * in `metadata`.
 */
export function statusFields(
  code: Code,
  message: string,
  details: readonly Any[] = noDetails,
  metadata?: Metadata,
): string[] {
  const fields = [statusName, String(code)];
  if (message !== "") {
    fields.push(messageName, encodeMessage(message));
  }
  if (details.length === 0) {
    appendFields(metadata, fields);
    return fields;
  }
  const status = create(StatusSchema, { code, message, details: details.slice() });
  fields.push(detailsName, encodeBinaryValue(toBinary(StatusSchema, status)));
  if (metadata?.has(detailsName)) {
    metadata = metadata.clone();
    metadata.delete(detailsName);
  }
  appendFields(metadata, fields);
  return fields;
}

/** Makes metadata of received fields. */
type ReadMetadata = (fields: readonly string[]) => Metadata;

/** The fields that a status came in, and who reads their metadata when somebody asks. */
interface Received {
  readonly fields: readonly string[];
  readonly read: ReadMetadata;
}

/** A status as it was received. Details and metadata are worked out when somebody asks. */
class ReceivedStatus implements Status {
  readonly code: Code;
  readonly message: string;
  readonly details: readonly Any[];
  readonly #fields: readonly string[];
  readonly #read: ReadMetadata;
  #metadata: Metadata | undefined;

  constructor(code: Code, message: string, details: readonly Any[], received: Received) {
    this.code = code;
    this.message = message;
    this.details = details;
    this.#fields = received.fields;
    this.#read = received.read;
  }

  get metadata(): Metadata {
    this.#metadata ??= this.#read(this.#fields);
    return this.#metadata;
  }
}

/**
 * The `grpc-status` among received fields; undefined when there is none. Several that differ are joined
 * by commas, as RFC 9110 s5.3 reads fields of one name: that is no status code, and success least of all.
 */
export function statusTextOf(fields: readonly string[]): string | undefined {
  let text: string | undefined;
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at] === statusName) {
      const found = fields[at + 1]!;
      text = text === undefined || text === found ? found : `${text}, ${found}`;
    }
  }
  return text;
}

/**
 * Reads the status from the fields of trailers.
 * A `grpc-status` that is no status code, or several that differ, are UNKNOWN. Details that cannot be decoded are left out;
 * details that name another code than `grpc-status` make the status INTERNAL, for one of the two is
 * wrong.
 * @param fields name, value, name, value ..., names in lower case.
 * @param read makes the status' metadata of the fields. Default `metadataFromFields`.
 * @returns undefined when there is no `grpc-status`: then the HTTP status decides.
 */
export function statusFromFields(
  fields: readonly string[],
  read: ReadMetadata = metadataFromFields,
): Status | undefined {
  const received: Received = { fields, read };
  const codeText = statusTextOf(fields);
  let message = "";
  let detailsText: string | undefined;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at];
    if (name === messageName) {
      message ||= fields[at + 1]!;
    } else if (name === detailsName) {
      detailsText ??= fields[at + 1];
    }
  }
  if (codeText === undefined) {
    return undefined;
  }
  const code = parseCode(codeText);
  if (code === undefined) {
    const text = `the peer sent grpc-status ${JSON.stringify(codeText)}, which is no status code`;
    const said = decodeMessage(message);
    return new ReceivedStatus(
      Code.UNKNOWN,
      said === "" ? text : `${text}: ${said}`,
      noDetails,
      received,
    );
  }
  if (detailsText === undefined) {
    return new ReceivedStatus(code, decodeMessage(message), noDetails, received);
  }
  return withDetails(code, decodeMessage(message), detailsText, received);
}

function withDetails(code: Code, message: string, detailsText: string, received: Received): Status {
  const status = decodeDetails(detailsText);
  if (status === undefined) {
    return new ReceivedStatus(code, message, noDetails, received);
  }
  if (status.code !== code) {
    const text = `the peer sent grpc-status ${codeName(code)}, but ${detailsName} says ${codeName(status.code)}: ${message}`;
    return new ReceivedStatus(Code.INTERNAL, text, noDetails, received);
  }
  return new ReceivedStatus(
    code,
    message === "" ? status.message : message,
    status.details,
    received,
  );
}

/**
 * Undefined when the field is not base64 or no google.rpc.Status of a status code: that never hides
 * the code.
 */
function decodeDetails(text: string): RpcStatus | undefined {
  const bytes = decodeBinaryValue(text);
  if (bytes === undefined) {
    return undefined;
  }
  try {
    const status = fromBinary(StatusSchema, bytes);
    return isCode(status.code) && status.code !== Code.OK ? status : undefined;
  } catch {
    return undefined;
  }
}

function parseCode(text: string): Code | undefined {
  const code = /^[0-9]{1,2}$/.test(text) ? Number(text) : -1;
  return isCode(code) ? code : undefined;
}
