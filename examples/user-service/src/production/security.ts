// Who may call, and what they may do: by what the settings name, the contract, and a policy file.
import { createApiKeyAuthenticator, type WatchedFile, watchFile } from "@trunkline/plugins/api-key";
import { type Authenticator, anyOf, authenticate } from "@trunkline/plugins/authentication";
import { authenticatedNames, authorize, authorizeByContract } from "@trunkline/plugins/authz";
import { createJwtAuthenticator } from "@trunkline/plugins/jwt";
import { createMtlsAuthenticator } from "@trunkline/plugins/mtls";
import type { Interceptor, Log } from "@trunkline/server";
import type { AuthSettings } from "../settings/auth-settings.js";
import type { Part } from "./part.js";

/** Services that come from libraries: their contracts say nothing of who may call them, so it is said here. */
const operatorServices = [
  "/grpc.reflection.v1.ServerReflection/*",
  "/grpc.reflection.v1alpha.ServerReflection/*",
  "/grpc.channelz.v1.Channelz/*",
];

/** Without any way to tell who calls there are no interceptors but that of the policy. */
export async function createSecurity(settings: AuthSettings, log: Log): Promise<Part> {
  const files: WatchedFile[] = [];
  const open = async (path: string): Promise<WatchedFile> => {
    const file = await watchFile(path, { log });
    files.push(file);
    return file;
  };
  const ways = await createAuthenticators(settings, open, log);
  const interceptors: Interceptor[] = [];
  if (ways.length > 0) {
    const { publicMethods } = settings;
    const rules = [{ methods: operatorServices, access: { authenticated: true } }];
    const contract = authorizeByContract({ publicMethods, rules, log });
    interceptors.push(authenticate(anyOf(...ways), { publicMethods: contract.isPublic }), contract);
  }
  if (settings.policyFile !== undefined) {
    const policy = await open(settings.policyFile);
    interceptors.push(authorize({ policy, names: authenticatedNames }));
  }
  const close = (): void => {
    for (const file of files) file.close();
  };
  return { interceptors, close };
}

async function createAuthenticators(
  settings: AuthSettings,
  open: (path: string) => Promise<WatchedFile>,
  log: Log,
): Promise<readonly Authenticator[]> {
  const { jwt, apiKeysFile, mtls } = settings;
  const ways: Authenticator[] = [];
  if (jwt !== undefined) ways.push(createJwtAuthenticator({ ...jwt, log }));
  if (apiKeysFile !== undefined) {
    const file = await open(apiKeysFile);
    const apiKeys = createApiKeyAuthenticator({ keys: JSON.parse(file.text) });
    file.onChange((text) => apiKeys.setKeys(JSON.parse(text)));
    ways.push(apiKeys);
  }
  if (mtls) ways.push(createMtlsAuthenticator());
  return ways;
}
