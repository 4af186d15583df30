// Services out of .proto files, at run time.
import { compileWithBuf } from "./compiler/buf.js";
import { gatherFiles } from "./compiler/gather-files.js";
import { type Contract, createContract } from "./contract.js";
import { compileWithProtobufjs } from "./protobufjs/compile.js";

/** Options of `loadProto`. */
export interface LoadProtoOptions {
  /**
   * Folders that imports are looked for in, in this order; `google/protobuf/*.proto` need none. Default:
   * the folder of each file that is loaded.
   */
  readonly includePaths?: readonly string[] | undefined;
  /**
   * What reads the files. `"buf"`: the compiler of the npm package `@bufbuild/buf`, or `buf` on the PATH; all
   * of the language. `"protobufjs"`: the parser of that npm package; proto2 and proto3, no editions;
   * options of an application's own are left out, and escapes in default values of proto2 are lost. `"auto"`, the default: buf, or where there is none
   * protobufjs.
   */
  readonly compiler?: "auto" | "buf" | "protobufjs" | undefined;
}

/**
 * Loads .proto files and all that they import. Costs a tenth of a second and more: once, when a
 * program starts.
 * @param paths files: as found from the working directory, or from one of `includePaths`.
 * @throws Error for arguments that cannot be used; one that names the file, when one cannot be found or is not well formed; and when the compiler is not installed.
 * @example
 * const contract = await loadProto("users/v1/user_service.proto", { includePaths: ["proto"] });
 * const users = createClient(contract.getService("users.v1.UserService"), channel);
 */
export async function loadProto(
  paths: string | readonly string[],
  options: LoadProtoOptions = {},
): Promise<Contract> {
  const { compiler = "auto", includePaths = [] } = options;
  const wanted = typeof paths === "string" ? [paths] : paths;
  checkPaths("paths", wanted);
  checkPaths("includePaths", includePaths);
  if (wanted.length === 0) throw new Error("loadProto was given no file");
  if (!["auto", "buf", "protobufjs"].includes(compiler)) {
    throw new Error(
      `option compiler is ${String(compiler)}; it must be "auto", "buf" or "protobufjs"`,
    );
  }
  const files = await gatherFiles(wanted, includePaths);
  if (compiler !== "protobufjs") {
    const set = await compileWithBuf(files);
    if (set !== undefined) return createContract(set);
    if (compiler === "buf") throw new Error("buf is not installed: npm install @bufbuild/buf");
  }
  return createContract(await compileWithProtobufjs(files));
}

/** @throws Error when these are no paths. */
function checkPaths(name: string, paths: readonly string[]): void {
  if (!Array.isArray(paths)) {
    throw new Error(
      `${name} of loadProto is of type ${typeof paths}; it must be an array of paths`,
    );
  }
  for (const path of paths) {
    if (typeof path === "string" && path !== "") continue;
    throw new Error(`${name} of loadProto has ${JSON.stringify(path)}, which is no path`);
  }
}
