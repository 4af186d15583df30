// What `npm start` prints: where the service is, where its data is, and what to try.
import type { Config } from "./config.js";
import type { RunningService } from "./start.js";

const listMethod = "trunkline.examples.users.v1.UserService/ListUsers";

/** The text, several lines. */
export async function describeService(service: RunningService, config: Config): Promise<string> {
  const { address, database } = service;
  const scheme = config.tls === undefined ? "http" : "https";
  const plaintext = config.tls === undefined ? "-plaintext" : "-insecure";
  const knowledge = config.tls === undefined ? "--http2-prior-knowledge" : "--insecure";
  return [
    `user service on ${address} (${config.tls === undefined ? "plaintext" : "TLS"})`,
    `data in ${database.description}`,
    "try:",
    `  ${describeTarget(address, config)}npm run call -- ${await pickFirstCall(service)}`,
    `  grpcurl ${plaintext} -d '{"page_size": 10}' ${address} ${listMethod}`,
    `  npx buf curl --protocol grpc ${knowledge} -d '{"page_size": 10}' ${scheme}://${address}/${listMethod}`,
  ].join("\n");
}

/** The variables that `npm run call` needs to find the service; a self-signed certificate is its own CA. */
function describeTarget(address: string, { tls }: Config): string {
  const where = address === "127.0.0.1:50051" ? "" : `ADDRESS=${address} `;
  return tls === undefined ? where : `${where}TLS_CA=${tls.cert} `;
}

/** A call that works as it is printed. */
async function pickFirstCall({ database }: RunningService): Promise<string> {
  const user = await database.sql.selectFrom("users").select("id").limit(1).executeTakeFirst();
  if (user !== undefined) return `GetUser '{"id": "${user.id}"}'`;
  return `CreateUser '{"user": {"name": "Ada Lovelace", "email": "ada@example.com", "age": 36}}'`;
}
