// The import laws of docs/architecture.md, held against every import in the workspace.
import { describe, expect, it } from "vitest";
import {
  type Import,
  importsOf,
  isTest,
  resolveRelative,
  type SourceFile,
  sourceFiles,
} from "./source-tree.js";

const ANY = /./;
const PROTOBUF = /^@bufbuild\/protobuf(\/|$)/;
const NONE = /(?!)/;

/** One room: what it may import of Trunkline, of npm, and which `node:` modules in which folders. */
interface Law {
  readonly trunkline: RegExp;
  readonly npm: RegExp;
  readonly node: Readonly<Record<string, RegExp>>;
}

const FLOOR_1 = /^@trunkline\/(core|http2|codec)(\/[a-z-]+)?$/;
const LAWS: Readonly<Record<string, Law>> = {
  "packages/http2": { trunkline: NONE, npm: NONE, node: { "src/node/": ANY } },
  "packages/codec": { trunkline: NONE, npm: PROTOBUF, node: {} },
  "packages/core": {
    trunkline: NONE,
    npm: PROTOBUF,
    node: {
      "src/node/": /^(zlib|stream|async_hooks|diagnostics_channel|fs|fs\/promises|tls|crypto)$/,
    },
  },
  "packages/schema": {
    trunkline: NONE,
    npm: /^(@bufbuild\/protobuf(\/.+)?|protobufjs)$/,
    node: { "src/": ANY },
  },
  "packages/client": {
    trunkline: FLOOR_1,
    npm: PROTOBUF,
    node: { "src/transport/node/": ANY, "src/resolver/node/": ANY, "src/subchannel/node/": ANY },
  },
  "packages/server": {
    trunkline: FLOOR_1,
    npm: PROTOBUF,
    node: { "src/listener/": ANY, "src/http/": ANY },
  },
  // One folder for each plugin; what several of them share is in folders of its own.
  "packages/plugins": {
    trunkline: /^@trunkline\/(core|client|server)(\/[a-z-]+)?$/,
    npm: /^(@bufbuild\/proto(buf|validate)(\/.+)?|jose|prom-client|rate-limiter-flexible|@opentelemetry\/api)$/,
    node: {
      "src/authentication/node/": /^crypto$/,
      "src/binary-log/node/": /^fs\/promises$/,
      "src/http/node/": /^(http|https)$/,
      "src/kubernetes/node/": /^fs\/promises$/,
      "src/prometheus/node/": /^(http|net)$/,
      "src/watching/node/": /^(fs|fs\/promises|path)$/,
    },
  },
  // Whoever sits on the roof may use any public entry, and no private path.
  examples: { trunkline: /^@trunkline\/[a-z0-9-]+(\/[a-z-]+)?$/, npm: ANY, node: { "": ANY } },
  harness: { trunkline: /^@trunkline\/[a-z0-9-]+(\/[a-z-]+)?$/, npm: ANY, node: { "": ANY } },
};

/** Tests open sockets and use test tools, but obey the same law among the packages. */
const TEST_LAW = { npm: ANY, node: { "": ANY } };

function roomOf(path: string): string {
  const parts = path.split("/");
  return parts.slice(0, parts[0] === "packages" ? 2 : 1).join("/");
}

/** The folder with the package.json that a file belongs to. */
function packageOf(path: string): string {
  return path.split("/").slice(0, 2).join("/");
}

function nodeFault(file: SourceFile, law: Law, name: string): string | undefined {
  const inside = file.path.slice(roomOf(file.path).length + 1);
  const allowed = Object.entries(law.node).some(
    ([at, names]) => inside.startsWith(at) && names.test(name),
  );
  return allowed ? undefined : `node:${name} is not allowed here`;
}

/** Which plugin a file belongs to; undefined: none, or several. */
const pluginOf = (path: string): string | undefined =>
  /^packages\/plugins\/src\/(binary-log|etcd|logging|consul|kubernetes|jwt|api-key|mtls|authz|otel|prometheus|rate-limit)\//.exec(
    path,
  )?.[1];

function relativeFault(file: SourceFile, specifier: string): string | undefined {
  const target = resolveRelative(file, specifier);
  const plugin = pluginOf(target);
  if (plugin !== undefined && !isTest(file.path) && pluginOf(file.path) !== plugin) {
    return `${specifier} is of the plugin ${plugin}`;
  }
  const own = packageOf(file.path);
  if (packageOf(target) !== own) return `${specifier} leaves the package ${own}`;
  if (!isTest(file.path) && own.startsWith("packages/") && /\/src\/index\.ts$/.test(target)) {
    return `${specifier} is the package's own index`;
  }
  return undefined;
}

function faultOf(file: SourceFile, { specifier }: Import): string | undefined {
  const room = LAWS[roomOf(file.path)];
  if (!room) return `no law for ${roomOf(file.path)}: add it to the table`;
  const law = isTest(file.path) ? { ...room, ...TEST_LAW } : room;
  if (specifier.startsWith(".")) return relativeFault(file, specifier);
  if (specifier.startsWith("node:")) return nodeFault(file, law, specifier.slice(5));
  const allowed = specifier.startsWith("@trunkline/") ? law.trunkline : law.npm;
  return allowed.test(specifier) ? undefined : `${specifier} is not allowed here`;
}

describe("the import laws", () => {
  it("hold for every import", () => {
    const faults = sourceFiles.flatMap((file) =>
      importsOf(file).flatMap((found) => {
        const fault = faultOf(file, found);
        return fault ? [`${file.path}:${found.line}: ${fault}`] : [];
      }),
    );
    expect(faults).toEqual([]);
  });

  it("see the files at all", () => {
    const rooms = new Set(sourceFiles.map((file) => roomOf(file.path)));
    expect([...rooms].sort()).toEqual(
      expect.arrayContaining(["harness", "packages/core", "packages/http2"]),
    );
  });
});
