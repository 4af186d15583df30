// What the primary process and its workers tell each other.
import type { ListenAddress, ListenPlace } from "../place/listen-address.js";
import type { ShutdownReport } from "../shutdown/report.js";

/** From a worker to the primary. */
export type WorkerMessage =
  | { readonly trunkline: "open"; readonly id: number; readonly place: ListenPlace }
  | { readonly trunkline: "ready" }
  | { readonly trunkline: "failed"; readonly error: string }
  /** So many of the connections that it was handed are closed. */
  | { readonly trunkline: "closed"; readonly count: number }
  | {
      readonly trunkline: "answer";
      readonly id: number;
      readonly value?: unknown;
      readonly error?: string;
    }
  | {
      readonly trunkline: "stopped";
      readonly report: ShutdownReport;
      readonly figures: unknown;
    };

/** From the primary to a worker. */
export type PrimaryMessage =
  /** Comes with a socket, of the listener that `key` names. */
  | { readonly trunkline: "socket"; readonly key: string }
  | {
      readonly trunkline: "opened";
      readonly id: number;
      readonly key: string;
      readonly address?: ListenAddress;
      readonly error?: { readonly message: string; readonly code: string | undefined };
    }
  | { readonly trunkline: "ask"; readonly id: number; readonly topic: string }
  | { readonly trunkline: "stop"; readonly options: StopOptions };

/** How a worker is to end. */
export interface StopOptions {
  readonly graceMs: number;
  readonly lameDuckMs: number;
  readonly handover: boolean;
  readonly reason: string | undefined;
}

/** Whether a message is one of ours; applications may send others. */
export function isOurs<M extends WorkerMessage | PrimaryMessage>(message: unknown): message is M {
  return typeof message === "object" && message !== null && "trunkline" in message;
}

/** What an environment variable tells a worker: which of the places it has, 1 to the number of workers. */
export const slotVariable = "TRUNKLINE_WORKER";

/** What JSON would lose: a time that has no end. */
export const toWire = (ms: number): number => (Number.isFinite(ms) ? ms : -1);

/** The other way round. */
export const fromWire = (ms: number): number => (ms < 0 ? Number.POSITIVE_INFINITY : ms);
