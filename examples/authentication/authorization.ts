// A server whose callers may do what a policy says, and no more.

import { authenticatedNames, authorize, watchFile } from "@trunkline/plugins/authz";
import { createServer, type Interceptor, type Server } from "@trunkline/server";

/** Who may greet: readers; nobody named mallory, whatever else he is. */
export const greeterPolicy: object = {
  name: "greeter",
  deny_rules: [{ name: "banned", source: { principals: ["jwt:mallory"] } }],
  allow_rules: [
    {
      name: "readers-greet",
      source: { principals: ["role:reader"] },
      request: { paths: ["/trunkline.examples.hello.v1.GreeterService/*"] },
    },
  ],
};

/** A server that asks who calls, and then whether he may; the policy is read again when its file changes. */
export async function createGovernedServer(
  authentication: Interceptor,
  policyPath: string,
): Promise<Server> {
  const policy = await watchFile(policyPath);
  return createServer({
    interceptors: [authentication, authorize({ policy, names: authenticatedNames })],
  });
}
