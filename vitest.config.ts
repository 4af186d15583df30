// How every test of the workspace runs: straight from the TypeScript sources of all packages.
import { defineConfig } from "vitest/config";

// `vitest run --mode interop` adds the peers that npm does not ship: they need Go and Python; `--mode etcd` those that
// need etcd, Prometheus or Redis; `--mode runtimes` has each worker write down what runs it.
export default defineConfig(({ mode }) => ({
  ssr: { resolve: { conditions: ["@trunkline/source"] } },
  resolve: { conditions: ["@trunkline/source"] },
  test: {
    include: ["{packages,examples,harness}/**/*.test.ts"],
    exclude: [
      "**/node_modules/**",
      "**/dist/**",
      ...(mode === "interop" || mode === "etcd" ? [] : ["**/*.foreign.test.ts"]),
    ],
    globalSetup: mode === "interop" ? ["harness/interop/src/foreign/prepare.ts"] : [],
    setupFiles: mode === "runtimes" ? ["harness/runtimes/src/test-api/say-runtime.ts"] : [],
    testTimeout: 20_000,
    pool: "forks",
    // For `npm run coverage`, which fails below these.
    coverage: {
      provider: "v8",
      include: ["packages/{codec,http2}/src/**/*.ts"],
      exclude: ["**/*.test.ts"],
      reporter: ["text"],
      thresholds: {
        "packages/codec/src/**/*.ts": { branches: 100 },
        "packages/http2/src/**/*.ts": { branches: 100 },
      },
    },
  },
}));
