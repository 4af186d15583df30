// A connection that listens for notifications of a PostgreSQL server, and comes back when it breaks.
import pg from "pg";

const firstDelayMs = 100;
const maxDelayMs = 5000;

/** Listens on one channel. */
export class PostgresListener {
  readonly #url: string;
  readonly #channel: string;
  readonly #notified: () => void;
  #client: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #delayMs = firstDelayMs;
  #isStopped = false;

  constructor(url: string, channel: string, notified: () => void) {
    this.#url = url;
    this.#channel = channel;
    this.#notified = notified;
  }

  /** Connects; later breaks are mended in the background. */
  async start(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      keepAlive: true,
      connectionTimeoutMillis: 5000,
      application_name: "trunkline user service, listening",
    });
    client.on("error", () => {});
    client.on("end", () => this.#broken(client));
    client.on("notification", this.#notified);
    this.#client = client;
    await client.connect();
    await client.query(`LISTEN ${client.escapeIdentifier(this.#channel)}`);
    this.#delayMs = firstDelayMs;
    if (this.#isStopped) await client.end();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  #broken(client: pg.Client): void {
    if (this.#isStopped || this.#client !== client) return;
    this.#client = undefined;
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#reconnect(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, maxDelayMs);
  }

  async #reconnect(): Promise<void> {
    try {
      await this.start();
      // Whatever was said while nobody listened is lost, so the reader looks for itself.
      this.#notified();
    } catch {
      const client = this.#client;
      this.#client = undefined;
      await client?.end().catch(() => {});
      this.#retryLater();
    }
  }
}
