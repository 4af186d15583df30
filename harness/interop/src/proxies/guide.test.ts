// The configurations in the guide to reverse proxies are the files that the tests run.
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { readConfig } from "./proxy.js";

it.each(["nginx.conf", "haproxy.cfg", "envoy.yaml"])("the guide shows %s", async (file) => {
  const guide = await readFile(
    new URL("../../../../docs/guides/reverse-proxies.md", import.meta.url),
    "utf8",
  );
  expect(guide).toContain(`\n${await readConfig(file)}\`\`\`\n`);
});
