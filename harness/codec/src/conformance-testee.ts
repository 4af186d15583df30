// The program that protobuf's conformance runner tests: our codec for binary, protobuf-es for JSON and text.
import { readSync, writeSync } from "node:fs";
import {
  create,
  type DescMessage,
  fromBinary,
  fromJsonString,
  type Message,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { fromText, toText } from "@bufbuild/protobuf/txtpb";
import { createCodec } from "@trunkline/codec";
import { loadRegistry } from "./descriptors.js";

interface Request extends Message {
  payload: { case: string | undefined; value: unknown };
  requestedOutputFormat: number;
  messageType: string;
  testCategory: number;
  printUnknownFields: boolean;
}

/** What turns the messages under test into bytes and back. */
interface Binary {
  encode(desc: DescMessage, message: Message): Uint8Array;
  decode(desc: DescMessage, bytes: Uint8Array): Message;
}

const PROTOBUF = 1;
const JSON_FORMAT = 2;
const TEXT_FORMAT = 4;
const IGNORE_UNKNOWN = 3;

const registry = loadRegistry("conformance");
const requestType = typeNamed("conformance.ConformanceRequest");
const responseType = typeNamed("conformance.ConformanceResponse");
const binary = binaryNamed(process.env.TESTEE ?? "compiled");

function typeNamed(name: string): DescMessage {
  const desc = registry.getMessage(name);
  if (desc === undefined) {
    throw new Error(`there is no message type ${name}`);
  }
  return desc;
}

/** protobuf-es itself is tested too: what it fails, and nothing else, may fail with our codec. */
function binaryNamed(name: string): Binary {
  if (name === "protobuf-es") {
    return { encode: toBinary, decode: fromBinary };
  }
  const mode = name === "closure" ? "closure" : "compiled";
  return {
    encode: (desc, message) => createCodec(desc, { mode }).encode(message),
    decode: (desc, bytes) => createCodec(desc, { mode }).decode(bytes),
  };
}

type Result = { case: string; value: unknown };

function answer(request: Request): Result {
  const desc = typeNamed(request.messageType);
  let message: Message;
  try {
    const parsed = parse(desc, request);
    if (parsed === undefined) {
      return { case: "skipped", value: "protobuf-es does not read this format" };
    }
    message = parsed;
  } catch (error) {
    return { case: "parseError", value: String(error) };
  }
  try {
    return serialize(desc, message, request);
  } catch (error) {
    return { case: "serializeError", value: String(error) };
  }
}

function parse(desc: DescMessage, request: Request): Message | undefined {
  const { payload, testCategory } = request;
  switch (payload.case) {
    case "protobufPayload":
      return binary.decode(desc, payload.value as Uint8Array);
    case "jsonPayload":
      return fromJsonString(desc, payload.value as string, {
        registry,
        ignoreUnknownFields: testCategory === IGNORE_UNKNOWN,
      });
    case "textPayload":
      return fromText(desc, payload.value as string, { registry });
    default:
      return undefined;
  }
}

function serialize(desc: DescMessage, message: Message, request: Request): Result {
  switch (request.requestedOutputFormat) {
    case PROTOBUF:
      return { case: "protobufPayload", value: binary.encode(desc, message) };
    case JSON_FORMAT:
      return { case: "jsonPayload", value: toJsonString(desc, message, { registry }) };
    case TEXT_FORMAT: {
      const options = { registry, printUnknownFields: request.printUnknownFields };
      return { case: "textPayload", value: toText(desc, message, options) };
    }
    default:
      return { case: "skipped", value: "protobuf-es does not write this format" };
  }
}

/** Fills `bytes` from standard input. @returns false at its end */
function readFully(bytes: Uint8Array): boolean {
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(0, bytes, done, bytes.length - done, null);
    if (count === 0) {
      return false;
    }
    done += count;
  }
  return true;
}

function writeFully(bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(1, bytes, done, bytes.length - done);
  }
}

function serve(): void {
  const head = Buffer.alloc(4);
  while (readFully(head)) {
    const bytes = Buffer.alloc(head.readUInt32LE(0));
    if (!readFully(bytes)) {
      return;
    }
    const request = fromBinary(requestType, bytes) as Request;
    const result =
      request.messageType === "conformance.FailureSet"
        ? { case: "protobufPayload", value: new Uint8Array(0) }
        : answer(request);
    const response = toBinary(responseType, create(responseType, { result } as never));
    const responseHead = Buffer.alloc(4);
    responseHead.writeUInt32LE(response.length, 0);
    writeFully(responseHead);
    writeFully(response);
  }
}

serve();
