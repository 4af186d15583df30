// The port to HTTP/1.1 APIs: requests with a signal, answers as text or line by line.

/** One request. */
export interface HttpRequest {
  readonly method: "GET" | "PUT";
  /** Path and query, of the API that the client was made for. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** JSON. */
  readonly body?: string | undefined;
  /** Ends the request, and the answer while it is being read. */
  readonly signal: AbortSignal;
  /** Whether the request keeps the process alive. Default true. */
  readonly holdsProcess?: boolean | undefined;
}

/** The answer to a request, whose body must be read to its end or left by the signal. */
export interface HttpReply {
  readonly status: number;
  /** A header's value, by its name in lower case. */
  header(name: string): string | undefined;
  /** The whole body. Rejects beyond 64 MiB. */
  text(): Promise<string>;
  /** The body, line by line, as it comes. Throws when it breaks off, and for a line beyond 64 MiB. */
  lines(): AsyncIterable<string>;
}

/** Speaks with one API. */
export interface HttpClient {
  /** Rejects with an error that names the host when there is no answer. */
  send(request: HttpRequest): Promise<HttpReply>;
  /** Closes all connections. */
  close(): void;
}

/** Longest body, and longest line of one that has no end, characters. */
export const maxTextLength = 67_108_864;

/** How much of a failed request's answer goes into the error. */
const maxReasonLength = 300;

/** The answer's text, if it is of the status 200. @throws {HttpFailure} with the beginning of the answer otherwise. */
export async function expectOk(reply: HttpReply): Promise<string> {
  const text = await reply.text();
  if (reply.status === 200) return text;
  throw new HttpFailure(reply.status, text);
}

/** A request that was answered with a status other than 200. */
export class HttpFailure extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    const reason = text.trim().replace(/\s+/g, " ").slice(0, maxReasonLength);
    super(`HTTP status ${status}${reason === "" ? "" : `: ${reason}`}`);
    this.status = status;
  }
}

/** Reads JSON. @throws {Error} that says what is not JSON, and how it begins. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const start = text.slice(0, 40);
    const more = text.length > start.length ? "..." : "";
    throw new Error(`${what} is not JSON: ${JSON.stringify(start + more)}`);
  }
}
