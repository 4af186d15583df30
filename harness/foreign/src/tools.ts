// The tools that Debian ships: nghttp, h2load and curl, and what each must say about our server.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@trunkline/testkit";
import { hello, large, pattern } from "./exchanges.js";

/** Runs a tool; its output must match all patterns. */
async function mustSay(
  command: string,
  args: readonly string[],
  ...patterns: readonly RegExp[]
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { timeoutMs: 60_000 });
  const said = `${stdout}${stderr}`;
  const missing = patterns.filter((one) => !one.test(said));
  if (code === 0 && missing.length === 0) return stdout;
  throw new Error(
    `${command} ended with ${code}, ${missing.join(" and ")} not in:\n${said.slice(-2000)}`,
  );
}

async function withUpload<T>(use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-foreign-"));
  const file = join(folder, "body");
  await writeFile(file, pattern(300_000));
  try {
    return await use(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** nghttp: what it downloads, and the frames that it prints. */
export async function checkNghttp(base: string): Promise<void> {
  const body = await mustSay("nghttp", [`${base}/large`]);
  if (body.length === 0) throw new Error("nghttp has downloaded nothing");
  await mustSay(
    "nghttp",
    ["-v", "-n", `${base}/hello`],
    /:status: 200/,
    /recv DATA frame <length=5/,
  );
  await mustSay("nghttp", ["-v", "-n", `${base}/missing`], /:status: 404/);
  await mustSay(
    "nghttp",
    ["-n", "-s", "-m", "20", `${base}/large`],
    /200\s+4?\.?\d*[MK]?\s+\/large/i,
  );
  await withUpload((file) =>
    mustSay(
      "nghttp",
      ["-v", "-n", "-d", file, "-H:method: POST", `${base}/echo`],
      /:status: 200/,
      /x-bytes: 300000/,
    ),
  );
  // Windows of one byte less than a frame, and padding on everything.
  const odd = ["-w", "14", "-W", "14", "-b", "255"];
  await mustSay("nghttp", ["-v", "-n", ...odd, `${base}/large`], /:status: 200/, /END_STREAM/);
}

/** h2load: every request must succeed. */
export async function checkH2load(base: string): Promise<void> {
  const all = (count: number): RegExp =>
    new RegExp(`${count} total, ${count} started, ${count} done, ${count} succeeded, 0 failed`);
  const many = ["-n", "5000", "-c", "10", "-m", "50"];
  await mustSay("h2load", [...many, `${base}/hello`], all(5000), /status codes: 5000 2xx/);
  const few = ["-n", "40", "-c", "4", "-m", "4"];
  await mustSay("h2load", [...few, `${base}/large`], all(40), /status codes: 40 2xx/);
  await withUpload((file) =>
    mustSay("h2load", [...few, "-d", file, `${base}/echo`], all(40), /status codes: 40 2xx/),
  );
}

/** curl: version, status, sizes and trailers. */
export async function checkCurl(base: string): Promise<void> {
  const version = base.startsWith("https")
    ? ["--http2", "--insecure"]
    : ["--http2-prior-knowledge"];
  const report = [
    "-sS",
    "-o",
    "/dev/null",
    "-w",
    "%{http_version} %{response_code} %{size_download}\\n",
  ];
  const ask = (path: string, ...more: string[]): string[] => [
    ...version,
    ...report,
    ...more,
    `${base}${path}`,
  ];
  await mustSay("curl", ask("/hello"), new RegExp(`^2 200 ${hello.length}$`, "m"));
  await mustSay("curl", ask("/large"), new RegExp(`^2 200 ${large.length}$`, "m"));
  await mustSay("curl", ask("/hello", "--head"), /^2 200 0$/m);
  await mustSay("curl", ask("/missing"), /^2 404 0$/m);
  await withUpload(async (file) => {
    const echo = ["--data-binary", `@${file}`];
    await mustSay("curl", ask("/echo", ...echo), /^2 200 300000$/m);
    const verbose = [...version, "-v", "-sS", "-o", "/dev/null", ...echo, `${base}/echo`];
    await mustSay("curl", verbose, /x-bytes: 300000/i);
  });
  // Over plaintext curl 7.88 fails when it uses a connection again, whatever the server.
  if (!base.startsWith("https")) return;
  const text = await mustSay("curl", [...version, "-sS", `${base}/hello`, `${base}/hello`]);
  if (text !== "hellohello") throw new Error(`curl has downloaded "${text}"`);
}
