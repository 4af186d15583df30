// The runtimes that we support, each at the version that the tests run on.

/** One runtime. */
export interface Runtime {
  /** As the command line and the list of what it cannot do call it. */
  readonly name: string;
  readonly version: string;
  /** The packages of npm that it is in, by platform; `node` itself is nothing but an installer of these. */
  readonly packages: (platform: string, arch: string) => readonly string[];
  /** Its program inside the first of the packages that npm installs. */
  readonly program: string;
  /** The property of `process.versions` that is its own. */
  readonly versionKey: "node" | "bun" | "deno";
}

function node(version: string): Runtime {
  return {
    name: `node-${version.split(".")[0]}`,
    version,
    packages: (platform, arch) => [`node-${platform}-${arch}`],
    program: "bin/node",
    versionKey: "node",
  };
}

const bunArchitectures: Readonly<Record<string, string>> = { x64: "x64", arm64: "aarch64" };

const bun: Runtime = {
  name: "bun",
  version: "1.4.5",
  packages: (platform, arch) => {
    const name = `@oven/bun-${platform}-${bunArchitectures[arch] ?? arch}`;
    return platform === "linux" ? [name, `${name}-musl`] : [name];
  },
  program: "bin/bun",
  versionKey: "bun",
};

const deno: Runtime = {
  name: "deno",
  version: "2.9.6",
  packages: (platform, arch) => [
    `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`,
  ],
  program: "deno",
  versionKey: "deno",
};

/** On which the peers from npm run when they do not run in the process of the test. */
export const peerRuntime: Runtime = node("20.20.2");

/** All of them, in the order in which they run. */
export const runtimes: readonly Runtime[] = [
  peerRuntime,
  node("22.23.3"),
  node("24.21.0"),
  node("26.10.0"),
  bun,
  deno,
];
