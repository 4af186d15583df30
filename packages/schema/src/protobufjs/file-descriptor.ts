// Turns what protobufjs has parsed into descriptors. Names of types stay as they were written.
import { create } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  type EnumDescriptorProto,
  EnumDescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  MethodOptions_IdempotencyLevel,
  type ServiceDescriptorProto,
  ServiceDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import type { Enum, Method, Namespace, ReflectionObject, Service, Type } from "protobufjs";
import type { ProtoFile } from "../compiler/gather-files.js";
import { isExtension, toField, toMapEntry } from "./field-descriptor.js";

/** Numbers of extensions and reserved numbers end here; descriptors give the number behind. */
const behindLast = 536_870_912;

/** The definitions in one scope, by their kinds. */
interface Definitions {
  readonly messages: DescriptorProto[];
  readonly enums: EnumDescriptorProto[];
  readonly services: ServiceDescriptorProto[];
  readonly extensions: FieldDescriptorProto[];
}

/** The descriptor of a file that has been parsed on its own. */
export function toFileDescriptor(
  { name, syntax, imports }: ProtoFile,
  packageName: string,
  root: Namespace,
): FileDescriptorProto {
  let scope = root;
  for (const part of packageName.split(".").filter(Boolean)) {
    scope = scope.nested?.[part] as Namespace;
  }
  const isProto3 = syntax === "proto3";
  const { messages, enums, services, extensions } = toDefinitions(scope.nestedArray, isProto3);
  return create(FileDescriptorProtoSchema, {
    name,
    ...(packageName === "" ? {} : { package: packageName }),
    ...(isProto3 ? { syntax } : {}),
    dependency: imports.map((one) => one.name),
    publicDependency: imports.flatMap(({ isPublic }, at) => (isPublic ? [at] : [])),
    messageType: messages,
    enumType: enums,
    service: services,
    extension: extensions,
  });
}

/** protobufjs may be there twice, so that `instanceof` says nothing. */
function kindOf(found: ReflectionObject): string {
  if ("methods" in found) return "service";
  if ("values" in found) return "enum";
  if ("fields" in found) return "message";
  return isExtension(found) ? "extension" : "other";
}

function toDefinitions(nested: readonly ReflectionObject[], isProto3: boolean): Definitions {
  const found: Definitions = { messages: [], enums: [], services: [], extensions: [] };
  for (const one of nested) {
    const kind = kindOf(one);
    if (kind === "message") found.messages.push(toMessage(one as Type, isProto3));
    else if (kind === "enum") found.enums.push(toEnum(one as Enum));
    else if (kind === "service") found.services.push(toService(one as Service));
    else if (isExtension(one)) found.extensions.push(toField(one, []));
  }
  return found;
}

function toMessage(type: Type, isProto3: boolean): DescriptorProto {
  const inner = toDefinitions(type.nestedArray, isProto3);
  // Oneofs that only mark a field as optional come last (descriptor.proto, proto3_optional).
  const isSynthetic = (name: string): boolean => {
    const [only, ...others] = type.oneofs?.[name]?.oneof ?? [];
    return others.length === 0 && type.fields[only ?? ""]?.options?.proto3_optional === true;
  };
  const oneofs = type.oneofsArray.map(({ name }) => name);
  const ordered = [
    ...oneofs.filter((name) => !isSynthetic(name)),
    ...oneofs.filter((name) => isSynthetic(name)),
  ];
  // Extensions of the type that stand in the same file are listed as well, under full names.
  const fields = type.fieldsArray.filter((field) => !field.name.startsWith("."));
  return create(DescriptorProtoSchema, {
    name: type.name,
    field: fields.map((field) => markGroup(toField(field, ordered), type)),
    oneofDecl: ordered.map((name) => ({ name })),
    nestedType: [...inner.messages, ...fields.flatMap((field) => toMapEntry(field))],
    enumType: inner.enums,
    extension: inner.extensions,
    extensionRange: (type.extensions ?? []).map(([start, end]) => ({
      start: start!,
      end: Math.min(end! + 1, behindLast),
    })),
    ...toReserved(type.reserved, 1),
    ...(type.options?.deprecated ? { options: { deprecated: true } } : {}),
  });
}

/** A group is a field, and the message type that is defined along with it (proto2). */
function markGroup(field: FieldDescriptorProto, { nested }: Type): FieldDescriptorProto {
  const type = nested?.[field.typeName] as (Type & { readonly group?: boolean }) | undefined;
  if (type?.group === true) field.type = FieldDescriptorProto_Type.GROUP;
  return field;
}

/** @param behind what is added to the end: ranges of messages end before theirs, those of enums with it. */
function toReserved(reserved: readonly (number[] | string)[] | undefined, behind: number) {
  const all = reserved ?? [];
  const ranges = all.filter((one): one is number[] => typeof one !== "string");
  return {
    reservedName: all.filter((one): one is string => typeof one === "string"),
    reservedRange: ranges.map(([start, end]) => ({ start: start!, end: end! + behind })),
  };
}

function toEnum(type: Enum): EnumDescriptorProto {
  const { allow_alias: allowAlias, deprecated } = type.options ?? {};
  return create(EnumDescriptorProtoSchema, {
    name: type.name,
    value: Object.entries(type.values).map(([name, number]) => ({
      name,
      number,
      ...(type.valuesOptions?.[name]?.deprecated ? { options: { deprecated: true } } : {}),
    })),
    ...toReserved(type.reserved, 0),
    options: { ...(allowAlias ? { allowAlias } : {}), ...(deprecated ? { deprecated } : {}) },
  });
}

function toService(service: Service): ServiceDescriptorProto {
  return create(ServiceDescriptorProtoSchema, {
    name: service.name,
    method: service.methodsArray.map(toMethod),
    ...(service.options?.deprecated ? { options: { deprecated: true } } : {}),
  });
}

function toMethod(method: Method) {
  const level: string = method.options?.idempotency_level ?? "IDEMPOTENCY_UNKNOWN";
  const levels: Readonly<Record<string, unknown>> = MethodOptions_IdempotencyLevel;
  return {
    name: method.name,
    inputType: method.requestType,
    outputType: method.responseType,
    ...(method.requestStream ? { clientStreaming: true } : {}),
    ...(method.responseStream ? { serverStreaming: true } : {}),
    options: {
      idempotencyLevel: levels[level] as MethodOptions_IdempotencyLevel,
      ...(method.options?.deprecated ? { deprecated: true } : {}),
    },
  };
}
