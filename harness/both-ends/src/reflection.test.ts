// Clients out of what a server tells of itself: of ours, and of servers that tell little, wrong or too much.
import { create, type DescService, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  ServiceDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, createClient, openRaw } from "@trunkline/client";
import { jsonFormat } from "@trunkline/client/json";
import { type ReflectOptions, reflect } from "@trunkline/client/reflection";
import {
  ServerReflection,
  ServerReflectionAlpha,
  type ServerReflectionRequest,
} from "@trunkline/core/reflection";
import { loadDescriptorSet } from "@trunkline/schema";
import { RpcError } from "@trunkline/server";
import { addReflection } from "@trunkline/server/reflection";
import { afterEach, describe, expect, it } from "vitest";
import { collect, connect, endBoth, serve } from "./both-ends.js";
import {
  file_trunkline_test_v1_test_service,
  TestService,
} from "./gen/trunkline/test/v1/test_service_pb.js";

afterEach(endBoth);

const testFile = file_trunkline_test_v1_test_service.proto;
const name = TestService.typeName;

describe("our own server", () => {
  it.each(["proto", "json"])("calls of all kinds, spoken as %s", async (format) => {
    const { server, target } = await serve(
      {
        unary: ({ text }) => ({ text: `${text}!` }),
        download: () => [{}, {}],
      },
      { formats: [jsonFormat()] },
    );
    addReflection(server);
    const contract = await reflect(connect(target).channel);
    expect(contract).toMatchObject({ version: "v1", missing: [] });
    expect(contract.services.map(({ typeName }) => typeName)).toEqual([
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      name,
    ]);
    const { registry } = contract;
    const { channel } = connect(
      target,
      format === "json" ? { format: jsonFormat({ registry }) } : {},
    );
    const client = createClient(contract.getService(name), channel);
    expect(await client.unary({ text: "hi" })).toMatchObject({ text: "hi!" });
    expect(await collect(client.download({}))).toHaveLength(2);
    expect(() => contract.getService("a.B")).toThrow(`no service a.B; there are: grpc.reflection`);
  });

  it("only what is wanted, and nothing that is not there", async () => {
    const { server, target } = await serve({});
    addReflection(server);
    const { channel } = connect(target);
    const { services } = await reflect(channel, { services: [name] });
    expect(services.map(({ typeName }) => typeName)).toEqual([name]);
    await expect(reflect(channel, { services: ["a.B"] })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      message: expect.stringContaining("service a.B: NOT_FOUND symbol a.B is not known"),
    });
  });

  it("what reflection asks for in metadata", async () => {
    const { server, target } = await serve({});
    addReflection(server, { allow: (call) => call.metadata.get("key") === "right" });
    const { channel } = connect(target);
    await expect(reflect(channel)).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
    expect((await reflect(channel, { metadata: { key: "right" } })).services).toHaveLength(3);
  });

  it("no reflection at all", async () => {
    const { target } = await serve({});
    await expect(reflect(connect(target).channel)).rejects.toMatchObject({
      code: Code.UNIMPLEMENTED,
      message: expect.stringContaining("has no reflection, neither v1 nor v1alpha"),
    });
  });
});

type Tell = (question: ServerReflectionRequest["messageRequest"]) => object | Promise<object>;

/** A server whose reflection says what the test wants. */
async function pretend(tell: Tell, service: DescService = ServerReflection): Promise<string> {
  const { server, target } = await serve(undefined);
  server.addService(service, {
    async *serverReflectionInfo(requests: AsyncIterable<ServerReflectionRequest>) {
      for await (const { messageRequest } of requests) {
        yield { messageResponse: await tell(messageRequest) };
      }
    },
  });
  return target;
}

const notFound = { case: "errorResponse", value: { errorCode: 5, errorMessage: "none" } };

/** Tells of these files, one at a time, and of these services. */
function teller(files: readonly FileDescriptorProto[], services: readonly string[]): Tell {
  const answer = (file: FileDescriptorProto | undefined): object => {
    if (file === undefined) return notFound;
    const fileDescriptorProto = [toBinary(FileDescriptorProtoSchema, file)];
    return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
  };
  return (question) => {
    switch (question.case) {
      case "listServices":
        return {
          case: "listServicesResponse",
          value: { service: services.map((service) => ({ name: service })) },
        };
      case "fileByFilename":
        return answer(files.find((file) => file.name === question.value));
      case "fileContainingSymbol":
        return answer(
          files.find((file) =>
            file.service.some((one) => `${file.package}.${one.name}` === question.value),
          ),
        );
      default:
        return notFound;
    }
  };
}

function reflectOn(target: string, options?: ReflectOptions) {
  return reflect(connect(target).channel, options);
}

describe("other servers", () => {
  it("v1alpha alone", async () => {
    const target = await pretend(teller([testFile], [name]), ServerReflectionAlpha);
    const contract = await reflectOn(target);
    expect(contract).toMatchObject({ version: "v1alpha", missing: [] });
    expect(contract.getService(name).methods).toHaveLength(4);
  });

  it("files that are missing, services that are listed and not there", async () => {
    const broken = create(FileDescriptorProtoSchema, {
      ...testFile,
      dependency: [...testFile.dependency, "gone.proto"],
      service: [
        ...testFile.service,
        create(ServiceDescriptorProtoSchema, {
          name: "Odd",
          method: [{ name: "M", inputType: ".gone.In", outputType: ".gone.In" }],
        }),
      ],
    });
    const contract = await reflectOn(await pretend(teller([broken], [name, "no.Such"])));
    expect(contract.missing).toEqual([
      "service no.Such: NOT_FOUND none",
      "file gone.proto: NOT_FOUND none",
      "type gone.In",
    ]);
    // It was not told of either, but everybody has that one.
    expect(contract.registry.getMessage("google.protobuf.Timestamp")?.fields).toHaveLength(2);
  });

  it("files that import each other", async () => {
    const other = create(FileDescriptorProtoSchema, {
      name: "other.proto",
      package: "o",
      syntax: "proto3",
      dependency: [testFile.name],
    });
    const file = create(FileDescriptorProtoSchema, {
      ...testFile,
      dependency: [...testFile.dependency, other.name],
    });
    const contract = await reflectOn(await pretend(teller([file, other], [name])));
    expect(contract.getService(name).methods).toHaveLength(4);
  });

  it("a thousand services in as many files", async () => {
    const files = Array.from({ length: 1000 }, (_, i) =>
      create(FileDescriptorProtoSchema, {
        name: `f${i}.proto`,
        package: `p${i}`,
        syntax: "proto3",
        dependency: i === 0 ? [] : [`f${i - 1}.proto`],
        service: [{ name: "S" }],
      }),
    );
    const names = files.map((file) => `${file.package}.S`);
    const target = await pretend(teller(files, names));
    expect((await reflectOn(target)).services).toHaveLength(1000);
    await expect(reflectOn(target, { maxFiles: 100 })).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      message: expect.stringContaining("the limit is 100 (option maxFiles)"),
    });
    await expect(reflectOn(target, { maxBytes: 1000 })).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
    });
  });

  it.each([
    [
      "no descriptor",
      { case: "fileDescriptorResponse", value: { fileDescriptorProto: [new Uint8Array([255])] } },
    ],
    ["an answer to something else", { case: "listServicesResponse", value: { service: [] } }],
    ["no answer", { case: undefined }],
  ])("%s", async (_, answer) => {
    const target = await pretend(() => answer);
    await expect(reflectOn(target, { services: [name] })).rejects.toMatchObject({
      code: Code.INTERNAL,
    });
  });

  it("failures: of the stream, of the list", async () => {
    const failing = await pretend(() => {
      throw new RpcError(Code.UNAVAILABLE, "not now");
    });
    await expect(reflectOn(failing)).rejects.toMatchObject({ code: Code.UNAVAILABLE });
    const listless = await pretend(() => notFound);
    await expect(reflectOn(listless)).rejects.toMatchObject({ code: Code.NOT_FOUND });
    const silent = await pretend(() => new Promise(() => {}));
    await expect(reflectOn(silent, { timeoutMs: 30 })).rejects.toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
    });
    await expect(reflectOn(silent, { maxFiles: 0 })).rejects.toThrow("option maxFiles is 0");
  });
});

it("a proxy knows by reflection what it passes on", async () => {
  const { server, target } = await serve({ unary: ({ text }) => ({ text }) });
  addReflection(server);
  const { channel } = connect(target);
  const { unary } = (await reflect(channel)).getService(name).method;
  const call = openRaw(channel, `/${name}/${unary!.name}`);
  void call.send(
    toBinary(unary!.input, create(unary!.input, { text: "raw" } as Record<string, unknown>)),
  );
  call.closeSend();
  const [answer] = await collect(call.messages);
  expect(fromBinary(unary!.output, answer!)).toMatchObject({ text: "raw" });
  const set = create(FileDescriptorSetSchema, {
    file: [...(await reflect(channel)).registry.files].map((file) => file.proto),
  });
  const again = loadDescriptorSet(toBinary(FileDescriptorSetSchema, set));
  expect(again.getService(name).methods).toHaveLength(4);
});
