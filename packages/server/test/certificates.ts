// Certificates for tests, made when the tests run: a CA, a server's, a client's.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** PEM texts. */
export interface Certificates {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** Makes a CA and two certificates of it, for `localhost` and `client`. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-tls-"));
  const run = (args: string): void => {
    execFileSync("openssl", args.split(" "), { cwd: folder, stdio: "ignore" });
  };
  const issue = (name: string, extensions: string): { cert: string; key: string } => {
    writeFileSync(join(folder, `${name}.ext`), extensions);
    run(`ecparam -name prime256v1 -genkey -noout -out ${name}.key`);
    run(`req -new -key ${name}.key -subj /CN=${name} -out ${name}.csr`);
    run(
      `x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ${name}.ext -out ${name}.pem`,
    );
    return {
      cert: readFileSync(join(folder, `${name}.pem`), "utf8"),
      key: readFileSync(join(folder, `${name}.key`), "utf8"),
    };
  };
  try {
    run("ecparam -name prime256v1 -genkey -noout -out ca.key");
    run("req -x509 -new -key ca.key -subj /CN=test-ca -days 2 -out ca.pem");
    return {
      server: issue("localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
      client: issue("client", "subjectAltName=DNS:client.test,URI:spiffe://test/client"),
      ca: readFileSync(join(folder, "ca.pem"), "utf8"),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
