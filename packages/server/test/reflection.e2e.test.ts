// What grpcurl and buf curl ask a server that has reflection, in both versions.
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, silentLog } from "@trunkline/core";
import {
  ServerReflection,
  ServerReflectionAlpha,
  type ServerReflectionResponse,
} from "@trunkline/core/reflection";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createServer, type Server } from "../src/server.js";
import { addReflection } from "../src/services/reflection/reflection.js";
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
