// What a client library must be able to do to take part: one driver for each.

export interface Driver {
  getUser(): Promise<void>;
  /** Resolves with the number of messages received. */
  listUsers(count: number): Promise<number>;
  openChat(): Promise<Chat>;
  echo(payload: Uint8Array): Promise<void>;
  /** Sends `chunk` `count` times; resolves with the number of bytes the server says it got. */
  upload(chunk: Uint8Array, count: number): Promise<number>;
  close(): void;
}

export interface Chat {
  /** Sends one message and waits for its answer. */
  roundTrip(text: string): Promise<void>;
  end(): void;
}

/** Each peer's `client.js` exports this as `createDriver`. */
export type CreateDriver = (port: number) => Driver;

/** A received user is right; guards against a peer that answers quickly but wrongly. */
export function checkUser(user: { id: string } | undefined | null): void {
  if (user?.id !== "u-000042") throw new Error(`expected the user u-000042, received ${user?.id}`);
}
