// The file descriptors that a server has sent, and which of the files that they import are still wanted.
import { fromBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, RpcError } from "@trunkline/core";

/** How much is taken from a server. */
export interface CollectionLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
}

/** See the file's first line. */
export class FileCollection {
  readonly #limits: CollectionLimits;
  readonly #files = new Map<string, FileDescriptorProto>();
  readonly #wanted = new Set<string>();
  readonly #services = new Set<string>();
  readonly #extensions = new Set<string>();
  #bytes = 0;

  constructor(limits: CollectionLimits) {
    this.#limits = limits;
  }

  /** All files, in the order in which they came. */
  get files(): Iterable<FileDescriptorProto> {
    return this.#files.values();
  }

  /** Files that are imported and are not there. */
  get wanted(): string[] {
    return [...this.#wanted];
  }

  /** Whether the file is there. */
  has(name: string): boolean {
    return this.#files.has(name);
  }

  /** Whether some file defines this service. */
  hasService(name: string): boolean {
    return this.#services.has(name);
  }

  /** Whether some file defines this extension of the message. */
  hasExtension(messageName: string, number: number): boolean {
    return this.#extensions.has(`${messageName} ${number}`);
  }

  /** The full names of the messages that may have extensions. */
  extensibleMessages(): string[] {
    const names: string[] = [];
    for (const file of this.#files.values()) {
      eachMessage(file, (name, message) => {
        if (message.extensionRange.length > 0) names.push(name);
      });
    }
    return names;
  }

  /**
   * Takes encoded files, those that are there already left out.
   * @throws {RpcError} INTERNAL for what is no descriptor, RESOURCE_EXHAUSTED above a limit.
   */
  addEncoded(files: readonly Uint8Array[]): void {
    for (const bytes of files) {
      this.#bytes += bytes.length;
      this.#check("maxBytes", this.#bytes);
      this.add(decode(bytes));
    }
  }

  /** Takes one file, unless it is there already. @throws {RpcError} RESOURCE_EXHAUSTED when there are too many. */
  add(file: FileDescriptorProto): void {
    if (this.#files.has(file.name)) return;
    this.#check("maxFiles", this.#files.size + 1);
    this.#files.set(file.name, file);
    this.#wanted.delete(file.name);
    for (const name of file.dependency) if (!this.#files.has(name)) this.#wanted.add(name);
    for (const { name } of file.service) this.#services.add(inPackage(file, name));
    const noteExtension = (extendee: string, number: number): void => {
      this.#extensions.add(`${extendee.replace(/^\./, "")} ${number}`);
    };
    for (const { extendee, number } of file.extension) noteExtension(extendee, number);
    eachMessage(file, (_, { extension }) => {
      for (const { extendee, number } of extension) noteExtension(extendee, number);
    });
  }

  #check(name: keyof CollectionLimits, value: number): void {
    const limit = this.#limits[name];
    if (value <= limit) return;
    throw new RpcError(
      Code.RESOURCE_EXHAUSTED,
      `the server's descriptors are ${value} ${name === "maxFiles" ? "files" : "bytes"} and more: the limit is ${limit} (option ${name})`,
    );
  }
}

function decode(bytes: Uint8Array): FileDescriptorProto {
  try {
    return fromBinary(FileDescriptorProtoSchema, bytes);
  } catch (cause) {
    const message = `the server has sent ${bytes.length} bytes that are no file descriptor`;
    throw new RpcError(Code.INTERNAL, `${message}: ${(cause as Error).message}`, { cause });
  }
}

function inPackage(file: FileDescriptorProto, name: string): string {
  return file.package === "" ? name : `${file.package}.${name}`;
}

/** Visits each message of a file, nested ones included, with its full name. */
export function eachMessage(
  file: FileDescriptorProto,
  visit: (name: string, message: DescriptorProto) => void,
): void {
  const below = (scope: string, messages: readonly DescriptorProto[]): void => {
    for (const message of messages) {
      const name = scope === "" ? message.name : `${scope}.${message.name}`;
      visit(name, message);
      below(name, message.nestedType);
    }
  };
  below(file.package, file.messageType);
}
