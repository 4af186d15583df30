// Finds the file that defines a name, a symbol or an extension, among the files that some services need.
import { type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

/** A file as it is told of. */
export interface IndexedFile {
  readonly name: string;
  /** The FileDescriptorProto, without loss: options of an application's own are in it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The files that it imports. */
  readonly imports: readonly IndexedFile[];
}

/** Encodes its descriptor when somebody asks for it, and once. */
class KnownFile implements IndexedFile {
  readonly name: string;
  readonly imports: IndexedFile[] = [];
  readonly #file: DescFile;
  #bytes: Uint8Array<ArrayBuffer> | undefined;

  constructor(file: DescFile) {
    this.name = file.proto.name;
    this.#file = file;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    this.#bytes ??= toBinary(FileDescriptorProtoSchema, this.#file.proto);
    return this.#bytes;
  }
}

/**
 * Everything that the services' files and all files that these import define. It goes by the descriptors as they are
 * sent, which know more than those that codecs are made of: the messages of map entries, the oneofs behind `optional`.
 */
export class DescriptorIndex {
  /** The full names of the services, sorted. */
  readonly serviceNames: readonly string[];
  readonly #files = new Map<string, KnownFile>();
  readonly #symbols = new Map<string, IndexedFile>();
  readonly #messages = new Set<string>();
  readonly #extensions = new Map<string, Map<number, IndexedFile>>();

  /** @param further files that are told of although no service needs them. */
  constructor(services: readonly DescService[], further: readonly DescFile[] = []) {
    this.serviceNames = services.map((service) => service.typeName).sort();
    for (const service of services) this.#addFile(service.file);
    for (const file of further) this.#addFile(file);
  }

  /** @param name as in an import, for example `google/protobuf/empty.proto`. */
  findFile(name: string): IndexedFile | undefined {
    return this.#files.get(name);
  }

  /** @param symbol the full name of a message, field, oneof, enum, enum value, extension, service or method. */
  findSymbol(symbol: string): IndexedFile | undefined {
    return this.#symbols.get(withoutDot(symbol));
  }

  /** @param messageName the message that is extended. */
  findExtension(messageName: string, number: number): IndexedFile | undefined {
    return this.#extensions.get(withoutDot(messageName))?.get(number);
  }

  /** The numbers of all known extensions of a message, ascending; undefined when there is no such message. */
  extensionNumbers(messageName: string): number[] | undefined {
    const name = withoutDot(messageName);
    const known = this.#extensions.get(name);
    if (known !== undefined) return [...known.keys()].sort((a, b) => a - b);
    return this.#messages.has(name) ? [] : undefined;
  }

  #addFile(desc: DescFile): KnownFile {
    const { proto } = desc;
    const present = this.#files.get(proto.name);
    if (present !== undefined) return present;
    const file = new KnownFile(desc);
    this.#files.set(proto.name, file);
    const scope = proto.package === "" ? "" : `${proto.package}.`;
    for (const message of proto.messageType) this.#addMessage(message, scope, file);
    for (const one of proto.enumType) this.#addEnum(one, scope, file);
    for (const one of proto.extension) this.#addExtension(one, scope, file);
    for (const service of proto.service) {
      this.#symbols.set(scope + service.name, file);
      for (const { name } of service.method) {
        this.#symbols.set(`${scope}${service.name}.${name}`, file);
      }
    }
    for (const dependency of desc.dependencies) file.imports.push(this.#addFile(dependency));
    return file;
  }

  #addMessage(message: DescriptorProto, scope: string, file: IndexedFile): void {
    const name = scope + message.name;
    this.#symbols.set(name, file);
    this.#messages.add(name);
    const inside = `${name}.`;
    for (const field of message.field) this.#symbols.set(inside + field.name, file);
    for (const oneof of message.oneofDecl) this.#symbols.set(inside + oneof.name, file);
    for (const one of message.nestedType) this.#addMessage(one, inside, file);
    for (const one of message.enumType) this.#addEnum(one, inside, file);
    for (const one of message.extension) this.#addExtension(one, inside, file);
  }

  /** The values of an enum live beside it, not in it (descriptor.proto). */
  #addEnum({ name, value }: EnumDescriptorProto, scope: string, file: IndexedFile): void {
    this.#symbols.set(scope + name, file);
    for (const one of value) this.#symbols.set(scope + one.name, file);
  }

  #addExtension(extension: FieldDescriptorProto, scope: string, file: IndexedFile): void {
    this.#symbols.set(scope + extension.name, file);
    const extendee = withoutDot(extension.extendee);
    const known = this.#extensions.get(extendee) ?? new Map<number, IndexedFile>();
    this.#extensions.set(extendee, known.set(extension.number, file));
  }
}

/** Full names in descriptors begin with a dot. */
function withoutDot(name: string): string {
  return name.startsWith(".") ? name.slice(1) : name;
}
