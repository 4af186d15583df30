// What a protected server has around its methods: tokens by a key set, a contract, a policy, and reflection for everybody.
import { createChannel } from "@trunkline/client";
import { reflect } from "@trunkline/client/reflection";
import { authenticate } from "@trunkline/plugins/authentication";
import { authenticatedNames, authorize, authorizeByContract } from "@trunkline/plugins/authz";
import { createJwtAuthenticator } from "@trunkline/plugins/jwt";
import type { Interceptor, Server } from "@trunkline/server";
import { addReflection } from "@trunkline/server/reflection";
import { TargetService } from "../gen/trunkline/attacks/v1/attacks_pb.js";
import { audience, issuer, keySet } from "../wire/tokens.js";

/** The issuer takes its time. */
const fetchMs = 200;
const cooldownMs = 1000;

/** What the issuer of tokens has to bear. */
export class Issuer {
  fetches = 0;
  #lastMs = -Infinity;

  readonly fetch: typeof fetch = async () => {
    this.fetches++;
    const nowMs = performance.now();
    // Complaints fail the run.
    if (nowMs - this.#lastMs < cooldownMs * 0.9) console.error("the issuer is asked too often");
    this.#lastMs = nowMs;
    await new Promise((resolve) => setTimeout(resolve, fetchMs));
    return new Response(keySet);
  };
}

/** The interceptors of a protected server. */
export function protect(keys: Issuer): Interceptor[] {
  const jwt = createJwtAuthenticator({
    issuer,
    audience,
    keys: { jwksUrl: `${issuer}/keys`, fetch: keys.fetch, cooldownMs },
  });
  const contract = authorizeByContract({
    publicMethods: [
      "/grpc.reflection.v1.ServerReflection/*",
      "/grpc.reflection.v1alpha.ServerReflection/*",
      TargetService.method.feed,
    ],
    rules: [{ methods: [TargetService], access: { authenticated: true } }],
  });
  const policy = {
    name: "attacks",
    deny_rules: [{ name: "mallory", source: { principals: ["jwt:mallory"] } }],
    allow_rules: [{ name: "all" }],
  };
  return [
    authenticate(jwt, { publicMethods: contract.isPublic }),
    contract,
    authorize({ policy, names: authenticatedNames }),
  ];
}

/** The services of a protected server beside its own. */
export function addPublicServices(server: Server): void {
  addReflection(server);
}

/** Asks the first question, which has all descriptors encoded: that is no attack's doing. */
export async function warmUp(port: number): Promise<void> {
  await using channel = createChannel(`127.0.0.1:${port}`);
  await reflect(channel);
}
