// What `npm start` prints: where the service is, where its data is, and what to try.
import type { Config } from "./settings/config.js";
import type { RunningService } from "./start.js";

const listMethod = "trunkline.examples.users.v1.UserService/ListUsers";

/** The text, several lines. */
export async function describeService(service: RunningService, config: Config): Promise<string> {
  const { address, database, workers } = service;
  const flags = securityFlags(config);
  const scheme = config.tls === undefined ? "http" : "https";
  return [
    `user service on ${address} (${flags.name}${workers > 1 ? `, ${workers} workers` : ""})`,
    `data in ${database.description}`,
    flags.hint,
    `  ${describeTarget(address)}${flags.call}npm run call -- ${await pickFirstCall(service)}`,
    `  grpcurl ${flags.grpcurl} -d '{"page_size": 10}' ${address} ${listMethod}`,
    `  npx buf curl --protocol grpc ${flags.buf} -d '{"page_size": 10}' ${scheme}://${address}/${listMethod}`,
  ].join("\n");
}

/** What each program is told so that it can connect; a self-signed certificate is its own CA. */
function securityFlags({
  tls,
}: Config): Record<"name" | "hint" | "call" | "grpcurl" | "buf", string> {
  if (tls === undefined) {
    const [grpcurl, buf] = ["-plaintext", "--http2-prior-knowledge"];
    return { name: "plaintext", hint: "try:", call: "", grpcurl, buf };
  }
  const flags = { call: `TLS_CA=${tls.cert} `, grpcurl: "-insecure", buf: "--insecure" };
  if (tls.clientCa === undefined) return { name: "TLS", hint: "try:", ...flags };
  return {
    name: "mutual TLS",
    hint: `try, with a certificate signed by ${tls.clientCa} in place of CLIENT.pem and CLIENT.key:`,
    call: `${flags.call}TLS_CERT=CLIENT.pem TLS_KEY=CLIENT.key `,
    grpcurl: `${flags.grpcurl} -cert CLIENT.pem -key CLIENT.key`,
    buf: `${flags.buf} --cert CLIENT.pem --key CLIENT.key`,
  };
}

/** The variable that `npm run call` needs to find the service, unless it is where everyone looks. */
function describeTarget(address: string): string {
  return address === "127.0.0.1:50051" ? "" : `ADDRESS=${address} `;
}

/** A call that works as it is printed. */
async function pickFirstCall({ database }: RunningService): Promise<string> {
  const user = await database.sql.selectFrom("users").select("id").limit(1).executeTakeFirst();
  if (user !== undefined) return `GetUser '{"id": "${user.id}"}'`;
  return `CreateUser '{"user": {"name": "Ada Lovelace", "email": "ada@example.com", "age": 36}}'`;
}
