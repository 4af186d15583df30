// What grpcurl and buf curl ask a server that has reflection, in both versions.
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_descriptor,
  MethodDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, silentLog } from "@trunkline/core";
import {
  ServerReflection,
  ServerReflectionAlpha,
  type ServerReflectionResponse,
} from "@trunkline/core/reflection";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ServerCall } from "../src/dispatch/server-call.js";
import { createServer, type Server } from "../src/server.js";
import { addReflection, type ReflectionOptions } from "../src/services/reflection/reflection.js";
import {
  file_trunkline_test_v1_test_service,
  TestService,
} from "./gen/trunkline/test/v1/test_service_pb.js";
import { connectInMemory, type RawClient } from "./raw-client.js";

const info = ServerReflection.method.serverReflectionInfo;
type Question = Parameters<typeof ask>[number];
let server: Server;
let client: RawClient;

beforeEach(() => {
  server = createServer({ log: silentLog });
  addReflection(server);
  client = connectInMemory(server);
});

afterEach(async () => {
  client.close();
  await server.shutdown({ graceMs: 0 });
});

/** Asks all in one stream. */
async function ask(
  ...questions: {
    case: "listServices" | "fileByFilename" | "fileContainingSymbol" | "allExtensionNumbersOfType";
    value: string;
  }[]
): Promise<ServerReflectionResponse["messageResponse"][]> {
  const requests = questions.map((messageRequest) => ({ host: "h", messageRequest }));
  const { messages, code } = await client.call(info, requests);
  expect(code).toBe(0);
  return messages.map(({ messageResponse }) => messageResponse);
}

function readFiles(
  answer: ServerReflectionResponse["messageResponse"] | undefined,
): FileDescriptorProto[] {
  if (answer?.case !== "fileDescriptorResponse") throw new Error(`got ${answer?.case}`);
  return answer.value.fileDescriptorProto.map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
}

test("services are listed, those that are added later as well", async () => {
  const list: Question = { case: "listServices", value: "*" };
  const names = async (): Promise<string[]> => {
    const [answer] = await ask(list);
    return answer?.case === "listServicesResponse"
      ? answer.value.service.map(({ name }) => name)
      : [];
  };
  expect(await names()).toEqual([
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
  ]);
  server.addService(TestService, {});
  expect(await names()).toContain("trunkline.test.v1.TestService");
});

test("v1alpha answers the same", async () => {
  const { messages } = await client.call(ServerReflectionAlpha.method.serverReflectionInfo, [
    { host: "h", messageRequest: { case: "listServices", value: "" } },
  ]);
  expect(messages[0]).toMatchObject({
    validHost: "h",
    originalRequest: { host: "h", messageRequest: { case: "listServices" } },
    messageResponse: { case: "listServicesResponse" },
  });
});

test.each([
  "trunkline.test.v1.TestService",
  "trunkline.test.v1.TestService.Unary",
  "trunkline.test.v1.UnaryRequest",
  "trunkline.test.v1.UnaryRequest.text",
  ".trunkline.test.v1.UnaryRequest",
])("the file with %s comes with all that it needs, and without loss", async (value) => {
  server.addService(TestService, {});
  const [answer] = await ask({ case: "fileContainingSymbol", value });
  const files = readFiles(answer);
  expect(files.map(({ name }) => name)).toEqual([
    "trunkline/test/v1/test_service.proto",
    "google/protobuf/timestamp.proto",
  ]);
  const { proto } = file_trunkline_test_v1_test_service;
  expect(toBinary(FileDescriptorProtoSchema, files[0]!)).toEqual(
    toBinary(FileDescriptorProtoSchema, proto),
  );
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: files.reverse() }));
  expect(registry.getService("trunkline.test.v1.TestService")?.methods).toHaveLength(4);
});

test("in one stream a dependency is sent once, but what is asked for always", async () => {
  server.addService(TestService, {});
  const answers = await ask(
    { case: "fileByFilename", value: "trunkline/test/v1/test_service.proto" },
    { case: "fileByFilename", value: "trunkline/test/v1/test_service.proto" },
    { case: "fileByFilename", value: "google/protobuf/timestamp.proto" },
  );
  expect(answers.map((answer) => readFiles(answer).length)).toEqual([2, 1, 1]);
});

test.each([
  ["fileByFilename", "nope.proto"],
  ["fileContainingSymbol", "a.B"],
  ["allExtensionNumbersOfType", "a.B"],
] as const)("%s %s is answered with an error, and the stream goes on", async (question, value) => {
  const [answer, next] = await ask({ case: question, value }, { case: "listServices", value: "" });
  expect(answer).toMatchObject({
    case: "errorResponse",
    value: { errorCode: Code.NOT_FOUND, errorMessage: expect.stringContaining(value) },
  });
  expect(next?.case).toBe("listServicesResponse");
});

test("a message without extensions has none", async () => {
  server.addService(TestService, {});
  const [answer] = await ask({
    case: "allExtensionNumbersOfType",
    value: "trunkline.test.v1.UnaryRequest",
  });
  expect(answer).toMatchObject({
    case: "allExtensionNumbersResponse",
    value: { baseTypeName: "trunkline.test.v1.UnaryRequest", extensionNumber: [] },
  });
});

test("asking for nothing is INVALID_ARGUMENT", async () => {
  expect((await client.call(info, [{}])).code).toBe(Code.INVALID_ARGUMENT);
});

test("the standard details of errors are told of, although no contract needs them", async () => {
  const [byName, bySymbol] = await ask(
    { case: "fileByFilename", value: "google/rpc/error_details.proto" },
    { case: "fileContainingSymbol", value: "google.rpc.BadRequest" },
  );
  expect(readFiles(byName).map(({ name }) => name)).toContain("google/rpc/error_details.proto");
  expect(bySymbol?.case).toBe("fileDescriptorResponse");
});

test("options of an application's own are not lost", async () => {
  const set = fromBinary(FileDescriptorSetSchema, describeWithOptions());
  const registry = createFileRegistry(set);
  server.addService(registry.getService("o.S")!, {});
  const [answer] = await ask({ case: "fileContainingSymbol", value: "o.S" });
  const [file] = readFiles(answer);
  const original = set.file.find(({ name }) => name === "o.proto")!;
  expect(toBinary(FileDescriptorProtoSchema, file!)).toEqual(
    toBinary(FileDescriptorProtoSchema, original),
  );
  const numbers = await ask({
    case: "allExtensionNumbersOfType",
    value: "google.protobuf.MethodOptions",
  });
  expect(numbers[0]).toMatchObject({ value: { extensionNumber: [50_001] } });
  const { messages } = await client.call(info, [
    {
      messageRequest: {
        case: "fileContainingExtension",
        value: { containingType: "google.protobuf.MethodOptions", extensionNumber: 50_001 },
      },
    },
  ]);
  expect(readFiles(messages[0]?.messageResponse).map(({ name }) => name)).toEqual([
    "o.proto",
    "google/protobuf/descriptor.proto",
  ]);
});

/** A file with an extension of MethodOptions, used by a method, whose values the reader of descriptors does not know. */
function describeWithOptions(): Uint8Array {
  const unknown = { no: 50_001, wireType: 2, data: new Uint8Array([2, 0x68, 0x69]) };
  const method = create(MethodDescriptorProtoSchema, {
    name: "M",
    inputType: ".o.Empty",
    outputType: ".o.Empty",
    options: {},
  });
  method.options!.$unknown = [unknown];
  const file = create(FileDescriptorProtoSchema, {
    name: "o.proto",
    package: "o",
    syntax: "proto3",
    dependency: ["google/protobuf/descriptor.proto"],
    messageType: [{ name: "Empty" }],
    service: [{ name: "S", method: [method] }],
    extension: [
      {
        name: "note",
        number: 50_001,
        extendee: ".google.protobuf.MethodOptions",
        label: FieldDescriptorProto_Label.OPTIONAL,
        type: FieldDescriptorProto_Type.STRING,
      },
    ],
  });
  const { proto } = file_google_protobuf_descriptor;
  const set = create(FileDescriptorSetSchema, { file: [proto, file] });
  return toBinary(FileDescriptorSetSchema, set);
}

describe("who may ask", () => {
  async function askAnother(options: ReflectionOptions): Promise<number[]> {
    const other = createServer({ log: silentLog });
    addReflection(other, options);
    const stranger = connectInMemory(other);
    const questions = [{ messageRequest: { case: "listServices", value: "" } as const }];
    const codes = [];
    for (const key of ["right", "wrong"]) {
      codes.push((await stranger.call(info, questions, { headers: { key } })).code);
    }
    stranger.close();
    await other.shutdown({ graceMs: 0 });
    return codes;
  }

  afterEach(() => vi.unstubAllEnvs());

  test.each([
    [true, [Code.OK, Code.OK]],
    [false, [Code.UNIMPLEMENTED, Code.UNIMPLEMENTED]],
    ["development", [Code.OK, Code.OK]],
    [(call: ServerCall) => call.metadata.get("key") === "right", [Code.OK, Code.PERMISSION_DENIED]],
    [async () => "yes" as unknown as boolean, [Code.PERMISSION_DENIED, Code.PERMISSION_DENIED]],
  ] as const)("allow: %s", async (allow, codes) => {
    expect(await askAnother({ allow })).toEqual(codes);
  });

  test('in production, "development" means nobody', async () => {
    vi.stubEnv("NODE_ENV", "production");
    expect(await askAnother({ allow: "development" })).toEqual([
      Code.UNIMPLEMENTED,
      Code.UNIMPLEMENTED,
    ]);
  });

  test("nothing else can be said", () => {
    expect(() => addReflection(createServer(), { allow: "no" as never })).toThrow(
      'option allow is "no"',
    );
  });
});

test("a connection has so many streams and no more, and gets them back", async () => {
  const other = createServer({ log: silentLog });
  addReflection(other, { maxStreamsPerConnection: 2 });
  const stranger = connectInMemory(other);
  const open = [1, 2].map(() => {
    const call = stranger.open(info);
    call.send({ messageRequest: { case: "listServices", value: "" } });
    return call;
  });
  await Promise.all(open.map((call) => call.received(1)));
  const list = [{ messageRequest: { case: "listServices", value: "" } as const }];
  expect((await stranger.call(info, list)).message).toContain("maxStreamsPerConnection");
  open[0]!.cancel();
  await expect.poll(async () => (await stranger.call(info, list)).code).toBe(Code.OK);
  stranger.close();
  await other.shutdown({ graceMs: 0 });
});

test("requests that are larger than names are refused", async () => {
  const value = "x".repeat(20_000);
  const { code } = await client.call(info, [{ messageRequest: { case: "fileByFilename", value } }]);
  expect(code).toBe(Code.RESOURCE_EXHAUSTED);
});
