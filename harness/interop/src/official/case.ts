// What an official case is, and what it is run on: a client of the test service.
import {
  type Channel,
  type ChannelOptions,
  type Client,
  Code,
  createClient,
  RpcError,
} from "@trunkline/client";
import { expect } from "vitest";
import type { Feature } from "../peer.js";
import { TestService, UnimplementedService } from "./gen/grpc/testing/test_pb.js";

/** A server to run cases on, through a channel of ours. */
export interface Target {
  readonly test: Client<typeof TestService>;
  readonly unimplemented: Client<typeof UnimplementedService>;
  close(): Promise<void>;
  /** The same server through a channel of its own; only our own client heeds the options. */
  reconnect(options?: ChannelOptions): Target;
}

/** One case of the descriptions. */
export interface OfficialCase {
  readonly name: string;
  /** What the server must be able to do for this to make sense. */
  readonly needs?: readonly Feature[];
  run(target: Target): Promise<void>;
}

/** Makes targets of the channels that `open` makes. */
export function createTarget(
  open: (options?: ChannelOptions) => Channel,
  options?: ChannelOptions,
): Target {
  const channel = open(options);
  return {
    test: createClient(TestService, channel),
    unimplemented: createClient(UnimplementedService, channel),
    close: () => channel.close(),
    reconnect: (others) => createTarget(open, others),
  };
}

/** Waits for a call to fail, and checks how. */
export async function expectFailure(
  call: PromiseLike<unknown>,
  code: Code,
  message: unknown = expect.any(String),
): Promise<void> {
  const error = await call.then(
    () => ({ code: Code.OK }),
    (reason: unknown) => RpcError.from(reason),
  );
  expect(error).toMatchObject({ code, message });
}
