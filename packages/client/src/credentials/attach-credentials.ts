// Puts the metadata of call credentials, the channel's and the call's own, into each call, as the last of the interceptors.
import {
  type Call,
  Code,
  deriveCall,
  type Interceptor,
  Metadata,
  type MetadataInit,
  methodPath,
  type Next,
  type Reply,
  RpcError,
  UsageError,
} from "@trunkline/core";
import { callerOrder } from "../call/interception/outgoing-call.js";
import {
  type CallCredentials,
  checkCredentials,
  combineCallCredentials,
} from "./call-credentials.js";

/** The settings of a channel that this is about. */
export interface CredentialsSettings {
  readonly callCredentials?: CallCredentials | undefined;
  readonly allowCredentialsOverPlaintext?: boolean | undefined;
}

/** Where a channel's calls go, and how. */
export interface CredentialsChannel {
  readonly authority: string;
  readonly isEncrypted: boolean;
}

/** The credentials of a channel and of its calls; one of its interceptors, the last one, sends both. */
export class AttachedCredentials {
  /** Whether each call has some, whatever it brings along. */
  readonly areUsual: boolean;
  readonly #ofChannel: CallCredentials | undefined;
  readonly #mayBeSent: boolean;
  readonly #host: string;

  /** @throws {UsageError} when those of the channel would be sent over plaintext, and nobody has allowed that. */
  constructor(settings: CredentialsSettings, { authority, isEncrypted }: CredentialsChannel) {
    this.#mayBeSent = isEncrypted || settings.allowCredentialsOverPlaintext === true;
    this.#host = authority.replace(/:443$/, "");
    this.#ofChannel = settings.callCredentials;
    this.areUsual = settings.callCredentials !== undefined;
    if (settings.callCredentials !== undefined) this.check(settings.callCredentials);
  }

  /**
   * Looks at credentials before anybody asks them.
   * @throws {UsageError} when they are none, or would be sent over plaintext, and nobody has allowed that.
   */
  check(credentials: CallCredentials): void {
    checkCredentials(credentials);
    if (this.#mayBeSent) return;
    throw new UsageError(
      "option callCredentials needs TLS (option credentials): over plaintext anybody on the way can read them; allowCredentialsOverPlaintext allows it all the same",
    );
  }

  readonly interceptor: Interceptor = (call, next) => {
    const own = call.context.get(callerOrder)?.options?.callCredentials;
    const credentials =
      own === undefined || this.#ofChannel === undefined
        ? (own ?? this.#ofChannel)
        : combineCallCredentials(this.#ofChannel, own);
    return credentials === undefined ? next(call) : this.#attach(credentials, call, next);
  };

  async #attach(credentials: CallCredentials, call: Call, next: Next): Promise<Reply> {
    const metadata = await ask(credentials, call, this.#host);
    for (const [name] of [...metadata]) {
      // What the caller says about this one call counts.
      if (call.metadata.has(name)) metadata.delete(name);
    }
    // Not into the call itself: an interceptor that makes it twice gets credentials twice.
    return next(deriveCall(call, { metadata: call.metadata.clone().merge(metadata) }));
  }
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
