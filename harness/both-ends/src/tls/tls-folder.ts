// A folder with a certificate, its key and a CA, a server that follows it, and what is told of that.
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type TlsEvent,
  type TlsServerFiles,
  type WatchedTlsServerCredentials,
  watchTlsServerCredentials,
} from "@trunkline/server";
import { type Authority, createAuthority, type Identity } from "@trunkline/testkit";
import { createLog, endLater, makeFolder, serveTls } from "./tls-ends.js";

/** The CA of all of them. */
export const authority: Authority = createAuthority();

/** A certificate for this machine. */
export function issue(name: string): Identity {
  return authority.issue(name, ["localhost", "127.0.0.1"]);
}

/** Puts a file in the place of another at once, as careful programs do. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Has certificate `v0` at first. */
export class TlsFolder {
  readonly folder: string = makeFolder();
  readonly paths = {
    cert: join(this.folder, "tls.crt"),
    key: join(this.folder, "tls.key"),
    ca: join(this.folder, "ca.crt"),
  };

  constructor() {
    this.replacePair(issue("v0"));
    replaceFile(this.paths.ca, authority.cert);
  }

  replacePair({ cert, key }: Identity): void {
    replaceFile(this.paths.cert, cert);
    replaceFile(this.paths.key, key);
  }
}

/** Events in their order; `next` waits for the first of a kind that nobody has waited for. */
export class Events {
  readonly #seen: TlsEvent[] = [];
  #wake: () => void = () => {};

  readonly add = (event: TlsEvent): void => {
    this.#seen.push(event);
    this.#wake();
  };

  async next<K extends TlsEvent["kind"]>(kind: K): Promise<TlsEvent & { readonly kind: K }> {
    for (;;) {
      const at = this.#seen.findIndex((event) => event.kind === kind);
      if (at >= 0) return this.#seen.splice(at, 1)[0] as TlsEvent & { readonly kind: K };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** A server that follows certificate and key of a folder. */
export async function serveFiles(
  { paths: { cert, key } }: TlsFolder,
  options: Partial<TlsServerFiles> = {},
): Promise<{
  port: number;
  events: Events;
  credentials: WatchedTlsServerCredentials;
  lines: ReturnType<typeof createLog>["lines"];
}> {
  const events = new Events();
  const { log, lines } = createLog();
  const credentials = await watchTlsServerCredentials({
    cert,
    key,
    pollMs: 60_000,
    log,
    onEvent: events.add,
    ...options,
  });
  endLater(() => credentials.close());
  const { port } = await serveTls(credentials);
  return { port, events, credentials, lines };
}
