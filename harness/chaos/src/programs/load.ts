// Calls at a steady pace, whether the ones before have been answered or not, and how each of them ended.
import { type Client, RpcError } from "@trunkline/client";
import type { InteropService } from "../gen/trunkline/interop/v1/interop_pb.js";
import type { CallRecord } from "../run/evidence.js";
import { nowMs, Pulse } from "./pulse.js";

/** How much, and of what kind. */
export interface LoadOrder {
  readonly perSecond: number;
  readonly timeoutMs: number;
  /** Timeouts are spread evenly from `timeoutMs` to this. Default: `timeoutMs`. */
  readonly maxTimeoutMs?: number;
  /** Whether calls wait for a connection. Default false. */
  readonly waitForReady?: boolean;
}

/** What has come of it. */
export interface LoadResult {
  readonly records: readonly CallRecord[];
  readonly stuck: number;
}

const tickMs = 5;
const payload = new Uint8Array(100);
/** What has not ended so long after its deadline never will. */
const stuckMs = 2000;

/** See the file's first line. */
export class Load {
  readonly #client: Client<typeof InteropService>;
  readonly #order: LoadOrder;
  readonly #records: CallRecord[] = [];
  readonly #pending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  readonly #begunMs = performance.now();
  readonly #pulse = new Pulse();
  #issued = 0;

  constructor(client: Client<typeof InteropService>, order: LoadOrder) {
    this.#client = client;
    this.#order = order;
    this.#timer = setInterval(() => this.#issue(), tickMs);
  }

  async stop(): Promise<LoadResult> {
    clearInterval(this.#timer);
    const { timeoutMs, maxTimeoutMs = timeoutMs } = this.#order;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, maxTimeoutMs + stuckMs);
    });
    await Promise.race([Promise.all(this.#pending), tooLate]);
    clearTimeout(timer);
    const records = this.#records.map((record) => ({
      ...record,
      noiseMs: this.#pulse.missedMs(record.deadlineMs, record.endMs),
    }));
    this.#pulse.stop();
    return { records, stuck: this.#pending.size };
  }

  #issue(): void {
    const due = ((performance.now() - this.#begunMs) / 1000) * this.#order.perSecond;
    while (this.#issued < due) {
      const call = this.#call(this.#issued++).finally(() => this.#pending.delete(call));
      this.#pending.add(call);
    }
  }

  async #call(index: number): Promise<void> {
    const { timeoutMs: least, maxTimeoutMs = least, waitForReady } = this.#order;
    const timeoutMs = Math.round(least + ((maxTimeoutMs - least) * (index % 100)) / 99);
    const startMs = nowMs();
    const deadlineMs = startMs + timeoutMs;
    let server = "";
    let isAnswered = false;
    let [code, text] = [0, ""];
    try {
      await this.#client.unary(
        { payload },
        {
          timeoutMs,
          waitForReady,
          onHeader: (metadata) => {
            server = metadata.get("x-server") ?? "";
          },
          onTrailer: () => {
            isAnswered = true;
          },
        },
      );
    } catch (error) {
      code = error instanceof RpcError ? error.code : -1;
      text = error instanceof Error ? error.message : String(error);
    }
    const endMs = nowMs();
    this.#records.push({ startMs, endMs, deadlineMs, noiseMs: 0, code, server, isAnswered, text });
  }
}
