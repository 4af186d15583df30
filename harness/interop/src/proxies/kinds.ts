// nginx and HAProxy of Debian's packages, and Envoy: how each is run on a configuration in a folder of its own.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "@trunkline/testkit";
import { prepareEnvoy } from "../foreign/toolchains.js";
import { type ProxyKind, programPath } from "./proxy.js";

/** What Debian's own nginx.conf says around `include`, as far as it matters; nothing of the system's is used. */
const nginxFrame = (folder: string): string => `
daemon off;
pid ${folder}/nginx.pid;
error_log stderr notice;
worker_processes 2;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  include ${folder}/users.conf;
}
`;

/** Debian's package `nginx`. */
export const nginx: ProxyKind = {
  name: "nginx",
  file: "nginx.conf",
  async prepare(folder, config) {
    await writeFile(join(folder, "users.conf"), config);
    await writeFile(join(folder, "nginx.conf"), nginxFrame(folder));
    const args = ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"];
    return {
      command: "nginx",
      args,
      readyLine: /start worker processes/,
      reload: async () => {
        const { code, stderr } = await run("nginx", [...args, "-s", "reload"], {
          env: programPath,
        });
        if (code !== 0) throw new Error(`nginx -s reload: ${stderr}`);
      },
    };
  },
};

/** Debian's package `haproxy`. */
export const haproxy: ProxyKind = {
  name: "haproxy",
  file: "haproxy.cfg",
  async prepare(folder, config) {
    await writeFile(join(folder, "haproxy.cfg"), config);
    return {
      command: "haproxy",
      args: ["-W", "-f", join(folder, "haproxy.cfg")],
      readyLine: /Loading success/,
      // What `systemctl reload haproxy` does.
      reload: async ({ child }) => void process.kill(child.pid!, "SIGUSR2"),
    };
  },
};

/** Envoy, as it is packed for Python. */
export const envoy: ProxyKind = {
  name: "envoy",
  file: "envoy.yaml",
  async prepare(folder, config) {
    await writeFile(join(folder, "envoy.yaml"), config);
    const file = join(folder, "envoy.yaml");
    // Several of them may run at a time.
    const args = ["-c", file, "--disable-hot-restart", "--concurrency", "2"];
    return { command: await prepareEnvoy(), args, readyLine: /starting main dispatch loop/ };
  },
};
