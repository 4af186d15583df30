// Puts the metadata of call credentials into each call of a channel, as the last of its interceptors.
import {
  type Call,
  Code,
  deriveCall,
  describeValue,
  type Interceptor,
  Metadata,
  type MetadataInit,
  methodPath,
  RpcError,
  UsageError,
} from "@trunkline/core";
import { callerOrder } from "../call/interception/outgoing-call.js";
import type { CallCredentials } from "./call-credentials.js";

/** The settings of a channel that this is about. */
export interface CredentialsSettings {
  readonly callCredentials?: CallCredentials | undefined;
  readonly allowCredentialsOverPlaintext?: boolean | undefined;
}

/**
 * The interceptor that asks the credentials of a channel before each call; undefined: the channel has none.
 * @throws {UsageError} when they would be sent over plaintext, and nobody has allowed that.
 */
export function attachCredentials(
  settings: CredentialsSettings,
  channel: { readonly authority: string; readonly isEncrypted: boolean },
): Interceptor | undefined {
  const { callCredentials } = settings;
  if (callCredentials === undefined) return undefined;
  if (typeof callCredentials?.metadataFor !== "function") {
    throw new UsageError(
      `option callCredentials is ${describeValue(callCredentials)}; it must have a method metadataFor`,
    );
  }
  if (!channel.isEncrypted && settings.allowCredentialsOverPlaintext !== true) {
    throw new UsageError(
      "option callCredentials needs TLS (option credentials): over plaintext anybody on the way can read them; allowCredentialsOverPlaintext allows it all the same",
    );
  }
  const host = channel.authority.replace(/:443$/, "");
  return async (call, next) => {
    const metadata = await ask(callCredentials, call, host);
    for (const [name] of [...metadata]) {
      // What the caller says about this one call counts.
      if (call.metadata.has(name)) metadata.delete(name);
    }
    // Not into the call itself: an interceptor that makes it twice gets credentials twice.
    return next(deriveCall(call, { metadata: call.metadata.clone().merge(metadata) }));
  };
}

async function ask(credentials: CallCredentials, call: Call, host: string): Promise<Metadata> {
  const path = methodPath(call.method);
  const authority = call.context.get(callerOrder)?.options?.authority?.replace(/:443$/, "") ?? host;
  const serviceUrl = `https://${authority}${path.slice(0, path.lastIndexOf("/"))}`;
  try {
    const given: MetadataInit = await credentials.metadataFor({
      serviceUrl,
      path,
      signal: call.signal,
    });
    return new Metadata(given);
  } catch (cause) {
    throw toCredentialsError(path, cause);
  }
}

/** Codes that say something about a request: credentials know nothing of it (gRFC A54). */
const notTheirs: ReadonlySet<Code> = new Set([
  Code.OK,
  Code.INVALID_ARGUMENT,
  Code.NOT_FOUND,
  Code.ALREADY_EXISTS,
  Code.FAILED_PRECONDITION,
  Code.ABORTED,
  Code.OUT_OF_RANGE,
  Code.DATA_LOSS,
]);

function toCredentialsError(path: string, cause: unknown): RpcError {
  const what = `${path}: the call's credentials cannot be had`;
  if (cause instanceof RpcError) {
    const code = notTheirs.has(cause.code) ? Code.INTERNAL : cause.code;
    return new RpcError(code, `${what}: ${cause.message}`, { cause });
  }
  const reason = cause instanceof Error ? cause.message : "unknown reason";
  const code = cause instanceof UsageError ? Code.INTERNAL : Code.UNAVAILABLE;
  return new RpcError(code, `${what}: ${reason}`, { cause });
}
