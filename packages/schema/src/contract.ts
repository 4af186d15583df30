// A contract out of descriptors: finds the services in it.
import {
  createFileRegistry,
  type DescService,
  type FileRegistry,
  fromBinary,
} from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

/** Everything that some .proto files define, with all that they import. */
export interface Contract {
  /** Finds messages, enums, extensions and services by their full names, for example for `jsonFormat`. */
  readonly registry: FileRegistry;
  /** The services, sorted by name, for `createClient` and `addService`; their types are not known to the compiler. */
  readonly services: readonly DescService[];
  /**
   * The service of this full name, such as `users.v1.UserService`.
   * @throws Error that names the services there are.
   */
  getService(typeName: string): DescService;
}

/**
 * Reads a FileDescriptorSet, as `buf build --as-file-descriptor-set` and `protoc --include_imports -o`
 * write it. The order of its files does not matter.
 * @throws Error when the bytes are none, or a file that is imported is not in the set.
 * @example
 * const contract = loadDescriptorSet(await readFile("users.binpb"));
 * const users = createClient(contract.getService("users.v1.UserService"), channel);
 */
export function loadDescriptorSet(bytes: Uint8Array): Contract {
  return createContract(readSet(bytes));
}

function readSet(bytes: Uint8Array): FileDescriptorSet {
  if (!(bytes instanceof Uint8Array)) {
    throw new Error(`loadDescriptorSet takes a Uint8Array, not a value of type ${typeof bytes}`);
  }
  try {
    return fromBinary(FileDescriptorSetSchema, bytes);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new Error(`these ${bytes.length} bytes are no FileDescriptorSet: ${why}`, { cause });
  }
}

/** The contract of a set that has been read. */
export function createContract(set: FileDescriptorSet): Contract {
  const registry = createFileRegistry({ ...set, file: inOrder(set.file) });
  const services = [...registry.files]
    .flatMap((file) => file.services)
    .sort((a, b) => (a.typeName < b.typeName ? -1 : 1));
  return {
    registry,
    services,
    getService(typeName) {
      const found = registry.getService(typeName);
      if (found !== undefined) return found;
      const known = services.map((service) => service.typeName).join(", ") || "none";
      throw new Error(`there is no service ${typeName} in the contract; there are: ${known}`);
    },
  };
}

/** Each file behind those that it imports. */
function inOrder(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const ordered = new Set<FileDescriptorProto>();
  const visit = (file: FileDescriptorProto, path: readonly string[]): void => {
    if (ordered.has(file)) return;
    if (path.includes(file.name)) {
      throw new Error(`files import each other: ${[...path, file.name].join(" -> ")}`);
    }
    for (const name of file.dependency) {
      const imported = byName.get(name);
      if (imported === undefined) {
        throw new Error(`${file.name} imports ${name}, which is not in the descriptor set`);
      }
      visit(imported, [...path, file.name]);
    }
    ordered.add(file);
  };
  for (const file of files) visit(file, []);
  return [...ordered];
}
