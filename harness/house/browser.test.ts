// Clients and interceptors must bundle for a browser: the bundle may need nothing of Node.js.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** Bundles a program as an application would; returns what stays imported from outside. */
async function bundle(program: string): Promise<{ code: string; imports: string[] }> {
  const result = await build({
    stdin: { contents: program, resolveDir: root, loader: "js" },
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    conditions: ["@trunkline/source"],
    external: ["node:*"],
    logLevel: "silent",
  });
  const [file] = result.outputFiles;
  const outputs = Object.values(result.metafile.outputs);
  const imports = outputs.flatMap((output) => output.imports.map((entry) => entry.path));
  return { code: file?.text ?? "", imports };
}

describe("the browser entry of @trunkline/client", () => {
  it("needs no module of Node.js", async () => {
    const program = `
      import { Code, createClient, deriveCall, Metadata, RpcError } from "@trunkline/client";
      console.log(Code, createClient, deriveCall, Metadata, RpcError);
    `;
    const { code, imports } = await bundle(program);
    expect(imports).toEqual([]);
    expect(code).toContain("createClient");
  });

  it("is another one than that of Node.js, which does", async () => {
    await expect(bundle('export { createChannel } from "@trunkline/client";')).rejects.toThrow(
      /createChannel/,
    );
  });
});
