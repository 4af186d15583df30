// Finds what names in .proto files stand for, from the innermost scope outwards.
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
} from "@bufbuild/protobuf/wkt";

type Kind = "message" | "enum";

/** Knows everything that some files define. */
export class NameResolver {
  readonly #kinds = new Map<string, Kind>();

  constructor(files: readonly FileDescriptorProto[]) {
    for (const file of files) this.#learn(file.package, file.messageType, file.enumType);
  }

  #learn(
    scope: string,
    messages: readonly DescriptorProto[],
    enums: readonly EnumDescriptorProto[],
  ): void {
    for (const { name } of enums) this.#kinds.set(join(scope, name), "enum");
    for (const message of messages) {
      const name = join(scope, message.name);
      this.#kinds.set(name, "message");
      this.#learn(name, message.nestedType, message.enumType);
    }
  }

  /**
   * Replaces the names in a file by full ones, and completes the types of fields.
   * @throws Error for a name that stands for nothing.
   */
  resolveFile(file: FileDescriptorProto): void {
    const scope = file.package;
    for (const message of file.messageType) this.#resolveMessage(message, scope);
    for (const field of file.extension) this.#resolveField(field, scope);
    for (const service of file.service) {
      for (const method of service.method) {
        method.inputType = `.${this.#find(method.inputType, scope, file.name)}`;
        method.outputType = `.${this.#find(method.outputType, scope, file.name)}`;
      }
    }
  }

  #resolveMessage(message: DescriptorProto, outer: string): void {
    const scope = join(outer, message.name);
    for (const nested of message.nestedType) this.#resolveMessage(nested, scope);
    for (const field of [...message.field, ...message.extension]) this.#resolveField(field, scope);
  }

  #resolveField(field: FieldDescriptorProto, scope: string): void {
    const where = join(scope, field.name);
    if (field.extendee !== "") field.extendee = `.${this.#find(field.extendee, scope, where)}`;
    if (field.typeName === "") return;
    const name = this.#find(field.typeName, scope, where);
    field.typeName = `.${name}`;
    const { MESSAGE, ENUM, GROUP } = FieldDescriptorProto_Type;
    if (field.type === GROUP) return;
    field.type = this.#kinds.get(name) === "enum" ? ENUM : MESSAGE;
  }

  /** The innermost scope that has the first part of the name decides (language guide, "Packages and Name Resolution"). */
  #find(name: string, from: string, where: string): string {
    if (name.startsWith(".")) {
      if (this.#kinds.has(name.slice(1))) return name.slice(1);
    } else {
      for (let scope = from; ; scope = scope.slice(0, Math.max(0, scope.lastIndexOf(".")))) {
        const full = join(scope, name);
        if (this.#kinds.has(full)) return full;
        if (scope === "") break;
      }
    }
    throw new Error(`${where} is of type ${name}, which is not defined in the files it imports`);
  }
}

function join(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}
