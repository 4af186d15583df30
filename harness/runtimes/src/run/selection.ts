// Which tests say something about a runtime.

/** Folders of the harness that guard the workspace, or measure, or test tools of their own. */
const leftOut: readonly string[] = [
  "attacks",
  "bench",
  "codec",
  "conformance",
  "foreign",
  "fuzz",
  "generate",
  "h2spec",
  "house",
  "pack",
  "postgres",
  "runtimes",
];

/** What Vitest leaves out on each version of Node.js. */
export const excludedFromVitest: readonly string[] = leftOut.map((name) => `harness/${name}/**`);

const endToEnd: readonly RegExp[] = [
  /^(packages|examples)\/.*\.e2e\.test\.js$/,
  /^examples\/[^/]+\/[^/]+\.test\.js$/,
  /^harness\/(?!testkit\/).*(?<!\.foreign)\.test\.js$/,
];

/**
 * Tests that start programs with options of Node.js alone, set variables before modules are loaded, or read files that are not compiled; and those of what OpenSSL
 * alone does: suites, revocation lists, sessions, its words for what is wrong with a certificate.
 */
const bound: readonly string[] = [
  "examples/operations/all-cores.test.js",
  "examples/operations/kubernetes.test.js",
  "examples/operations/systemd.test.js",
  "harness/both-ends/src/abandoned.test.js",
  "harness/both-ends/src/troubleshooting.test.js",
  "harness/both-ends/src/tls/policy.test.js",
  "harness/both-ends/src/tls/revocation.test.js",
  "harness/both-ends/src/tls/revocation-files.test.js",
  "harness/both-ends/src/tls/sessions.test.js",
  "harness/both-ends/src/unlucky-workers.test.js",
  "harness/interop/src/proxies/guide.test.js",
  "harness/otlp/src/transparent.test.js",
  "packages/plugins/test/secrets.e2e.test.js",
];

/** Ways to a file through a link. */
const link = /(^|\/)(node_modules|dist)\//;

/** Whether a compiled file is an end-to-end or interop test, by its path from the root. */
export function isEndToEnd(path: string): boolean {
  if (link.test(path) || bound.includes(path)) return false;
  return endToEnd.some((pattern) => pattern.test(path)) && !leftOut.includes(path.split("/")[1]!);
}
