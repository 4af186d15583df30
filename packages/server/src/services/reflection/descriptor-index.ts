// Finds the file that defines a name, a symbol or an extension, among the files that some services need.
import type { DescExtension, DescFile, DescMessage, DescService } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";

/** Everything that the services' files and all files that these import define. */
export class DescriptorIndex {
  /** The full names of the services, sorted. */
  readonly serviceNames: readonly string[];
  readonly #files = new Map<string, DescFile>();
  readonly #symbols = new Map<string, DescFile>();
  readonly #extensions = new Map<string, Map<number, DescFile>>();

  /** @param further files that are told of although no service needs them. */
  constructor(services: readonly DescService[], further: readonly DescFile[] = []) {
    this.serviceNames = services.map((service) => service.typeName).sort();
    for (const service of services) this.#addFile(service.file);
    for (const file of further) this.#addFile(file);
  }

  /** @param name as in an import, for example `google/protobuf/empty.proto`. */
  findFile(name: string): DescFile | undefined {
    return this.#files.get(name);
  }

  /** @param symbol the full name of a message, field, oneof, enum, enum value, extension, service or method. */
  findSymbol(symbol: string): DescFile | undefined {
    return this.#symbols.get(symbol.startsWith(".") ? symbol.slice(1) : symbol);
  }

  findExtension(messageName: string, number: number): DescFile | undefined {
    return this.#extensions.get(messageName)?.get(number);
  }

  /** The numbers of all known extensions of a message, ascending; undefined when there is no such message. */
  extensionNumbers(messageName: string): number[] | undefined {
    const known = this.#extensions.get(messageName);
    if (known !== undefined) return [...known.keys()].sort((a, b) => a - b);
    return this.#symbols.has(messageName) ? [] : undefined;
  }

  #addFile(file: DescFile): void {
    const { name } = file.proto;
    if (this.#files.has(name)) return;
    this.#files.set(name, file);
    for (const type of nestedTypes(file)) {
      this.#symbols.set(type.typeName, file);
      if (type.kind === "message") this.#addMembers(type, file);
      if (type.kind === "extension") this.#addExtension(type, file);
      if (type.kind === "enum") {
        // The values of an enum live beside it, not in it (descriptor.proto).
        const scope = type.typeName.slice(0, type.typeName.lastIndexOf(".") + 1);
        for (const value of type.values) this.#symbols.set(scope + value.name, file);
      }
      if (type.kind === "service") {
        for (const { name } of type.methods) this.#symbols.set(`${type.typeName}.${name}`, file);
      }
    }
    for (const dependency of file.dependencies) this.#addFile(dependency);
  }

  #addMembers(message: DescMessage, file: DescFile): void {
    for (const { name } of message.fields) this.#symbols.set(`${message.typeName}.${name}`, file);
    for (const { name } of message.oneofs) this.#symbols.set(`${message.typeName}.${name}`, file);
  }

  #addExtension(extension: DescExtension, file: DescFile): void {
    const { typeName } = extension.extendee;
    const known = this.#extensions.get(typeName) ?? new Map<number, DescFile>();
    this.#extensions.set(typeName, known.set(extension.number, file));
  }
}
