// How every test of the workspace runs: straight from the TypeScript sources of all packages.
import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["@trunkline/source"] } },
  resolve: { conditions: ["@trunkline/source"] },
  test: {
    include: ["{packages,examples,harness}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 20_000,
    pool: "forks",
  },
});
