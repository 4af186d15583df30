// Services out of what a server tells of itself, at run time: asks its reflection and makes descriptors of the answers.
import {
  create,
  createFileRegistry,
  type DescService,
  type FileRegistry,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, codeName, describeValue, RpcError, UsageError } from "@trunkline/core";
import type { CallOptions } from "../call/call-options.js";
import type { Channel } from "../channel/channel-port.js";
import { completeFiles } from "./complete-files.js";
import { FileCollection } from "./file-collection.js";
import type { Answer } from "./question.js";
import { batchSize, ReflectionStream } from "./reflection-stream.js";
import { findWellKnown } from "./well-known-files.js";

/** Options of `reflect`; `metadata`, `signal` and the like are those of the calls that ask. */
export interface ReflectOptions extends CallOptions {
  /** The full names of the services that are wanted. Default: all that the server lists. */
  readonly services?: readonly string[] | undefined;
  /** Whether extensions of the messages found are asked for as well. Default true. */
  readonly extensions?: boolean | undefined;
  /** Whom the server shall take itself for, where one program serves several hosts. Default empty. */
  readonly host?: string | undefined;
  /** Files that are taken from the server, from 1; more end in RESOURCE_EXHAUSTED. Default 10,000. */
  readonly maxFiles?: number | undefined;
  /** Bytes of descriptors that are taken from the server, from 1; more end in RESOURCE_EXHAUSTED. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

/** What a server has told of itself. */
export interface ReflectedContract {
  /** Finds messages, enums, extensions and services by their full names, for example for `jsonFormat`. */
  readonly registry: FileRegistry;
  /** The services, sorted by name, for `createClient`; their types are not known to the compiler. */
  readonly services: readonly DescService[];
  /**
   * The service of this full name, such as `users.v1.UserService`.
   * @throws Error that names the services there are.
   */
  getService(typeName: string): DescService;
  /** The version of reflection that the server has. */
  readonly version: "v1" | "v1alpha";
  /**
   * What the server did not tell of, one sentence each: services that it lists, files that are imported, and types
   * that are used. Types that are missing are empty messages, whose fields are kept as unknown ones, and enums
   * without names. Usually empty.
   */
  readonly missing: readonly string[];
}

const defaultTimeoutMs = 30_000;

/**
 * Asks a server which services it has, over `grpc.reflection.v1.ServerReflection` or, where that is
 * missing, v1alpha, and makes descriptors of them that clients can be created with.
 * @throws {RpcError} UNIMPLEMENTED when the server has no reflection, NOT_FOUND when it does not have a service of the
 * option `services`, RESOURCE_EXHAUSTED above `maxFiles` and `maxBytes`, INTERNAL for descriptors that cannot be
 * used, DEADLINE_EXCEEDED after `timeoutMs`, by default 30,000; and whatever else ends the stream.
 * @throws {UsageError} when an option cannot be used.
 * @example
 * const contract = await reflect(channel);
 * const users = createClient(contract.getService("users.v1.UserService"), channel);
 * const user = await users.getUser({ id: "1" });
 */
export async function reflect(
  channel: Channel,
  options: ReflectOptions = {},
): Promise<ReflectedContract> {
  const { services, extensions = true, host = "", ...rest } = options;
  const { maxFiles = 10_000, maxBytes = 67_108_864, ...call } = rest;
  checkLimit("maxFiles", maxFiles);
  checkLimit("maxBytes", maxBytes);
  const stream = new ReflectionStream(channel, host, {
    timeoutMs: defaultTimeoutMs,
    maxReceiveMessageBytes: maxBytes,
    ...call,
  });
  const inquiry = new Inquiry(stream, new FileCollection({ maxFiles, maxBytes }));
  try {
    await inquiry.askServices(services);
    await inquiry.askImports();
    if (extensions) await inquiry.askExtensions();
  } finally {
    stream.close();
  }
  return inquiry.toContract();
}

class Inquiry {
  readonly #stream: ReflectionStream;
  readonly #files: FileCollection;
  readonly #missing: string[] = [];
  readonly #asked = new Set<string>();

  constructor(stream: ReflectionStream, files: FileCollection) {
    this.#stream = stream;
    this.#files = files;
  }

  /** @param wanted undefined: all that the server lists. */
  async askServices(wanted: readonly string[] | undefined): Promise<void> {
    const rest = new Set(wanted ?? (await this.#listServices()));
    while (rest.size > 0) {
      const names = [...rest].slice(0, batchSize);
      // Services often share files.
      const unknown = names.filter((name) => !this.#files.hasService(name));
      const questions = unknown.map((value) => ({ case: "fileContainingSymbol", value }) as const);
      const answers = await this.#stream.ask(questions);
      for (const [i, name] of unknown.entries()) {
        this.#takeService(name, answers[i], wanted !== undefined);
      }
      for (const name of names) rest.delete(name);
    }
  }

  /** Until nothing is imported that has not been asked for. */
  async askImports(): Promise<void> {
    for (;;) {
      const names = this.#files.wanted.filter((name) => !this.#asked.has(name));
      if (names.length === 0) return;
      const questions = names.map((value) => ({ case: "fileByFilename", value }) as const);
      const answers = await this.#stream.ask(questions);
      for (const [i, name] of names.entries()) this.#takeImport(name, answers[i]);
    }
  }

  /** Some servers do not know these questions: then there are no extensions. */
  async askExtensions(): Promise<void> {
    const messages = this.#files.extensibleMessages();
    const answers = await this.#stream.ask(
      messages.map((value) => ({ case: "allExtensionNumbersOfType", value })),
    );
    for (const [i, containingType] of messages.entries()) {
      const answer = answers[i];
      if (answer?.case !== "allExtensionNumbersResponse") continue;
      for (const extensionNumber of answer.value.extensionNumber) {
        if (this.#files.hasExtension(containingType, extensionNumber)) continue;
        const value = { containingType, extensionNumber };
        const [found] = await this.#stream.ask([{ case: "fileContainingExtension", value }]);
        this.#take(found);
      }
    }
    await this.askImports();
  }

  toContract(): ReflectedContract {
    const { files, missingTypes } = completeFiles(this.#files.files);
    const registry = read(files);
    const services = [...registry.files]
      .flatMap((file) => file.services)
      .sort((a, b) => (a.typeName < b.typeName ? -1 : 1));
    const { version } = this.#stream;
    const missing = [...this.#missing, ...missingTypes.map((name) => `type ${name}`)];
    return { registry, services, version, missing, getService: (name) => find(services, name) };
  }

  async #listServices(): Promise<string[]> {
    const [answer] = await this.#stream.ask([{ case: "listServices", value: "" }]);
    if (answer?.case === "listServicesResponse")
      return answer.value.service.map(({ name }) => name);
    throw toError(answer);
  }

  #takeService(name: string, answer: Answer | undefined, isWanted: boolean): void {
    const failure = this.#take(answer);
    if (failure === undefined && this.#files.hasService(name)) return;
    const error = failure ?? new RpcError(Code.NOT_FOUND, "the files it has sent lack it");
    if (isWanted) throw missingService(name, error);
    this.#missing.push(`service ${name}: ${describe(error)}`);
  }

  #takeImport(name: string, answer: Answer | undefined): void {
    this.#asked.add(name);
    const failure = this.#take(answer);
    if (this.#files.has(name)) return;
    const wellKnown = findWellKnown(name);
    if (wellKnown !== undefined) this.#files.add(wellKnown);
    else {
      const why = failure === undefined ? "not in the answer" : describe(failure);
      this.#missing.push(`file ${name}: ${why}`);
    }
  }

  /** @returns the error that was answered in the place of files. */
  #take(answer: Answer | undefined): RpcError | undefined {
    if (answer?.case !== "fileDescriptorResponse") return toError(answer);
    this.#files.addEncoded(answer.value.fileDescriptorProto);
    return undefined;
  }
}

function toError(answer: Answer | undefined): RpcError {
  if (answer?.case !== "errorResponse") {
    const what = answer?.case ?? "nothing";
    return new RpcError(Code.INTERNAL, `the server's reflection answers with ${what}`);
  }
  const { errorCode, errorMessage } = answer.value;
  const isCode = errorCode >= 1 && errorCode <= 16;
  return new RpcError(isCode ? (errorCode as Code) : Code.UNKNOWN, errorMessage);
}

function describe({ code, message }: RpcError): string {
  return `${codeName(code)} ${message}`.trim();
}

function missingService(name: string, cause: RpcError): RpcError {
  return new RpcError(
    cause.code,
    `the server's reflection does not tell of service ${name}: ${describe(cause)}`,
    { cause },
  );
}

function read(files: CompletedFileList): FileRegistry {
  try {
    return createFileRegistry(create(FileDescriptorSetSchema, { file: [...files] }));
  } catch (cause) {
    const message = `the server's descriptors cannot be used: ${(cause as Error).message}`;
    throw new RpcError(Code.INTERNAL, message, { cause });
  }
}

type CompletedFileList = ReturnType<typeof completeFiles>["files"];

function find(services: readonly DescService[], typeName: string): DescService {
  const found = services.find((service) => service.typeName === typeName);
  if (found !== undefined) return found;
  const known = services.map((service) => service.typeName).join(", ") || "none";
  throw new Error(`the server has told of no service ${typeName}; there are: ${known}`);
}

function checkLimit(name: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 1) return;
  throw new UsageError(
    `option ${name} is ${describeValue(value)}; it must be a whole number, 1 or more`,
  );
}
