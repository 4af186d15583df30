// Settings of channels that cannot be used are refused when the channel is made, in words.
import { UsageError } from "@trunkline/core";
import { expect, test } from "vitest";
import { createChannel } from "../transport/node/create-channel.js";

test.each([
  [{ interceptors: () => {} }, "option interceptors is a function; it must be an array"],
  [{ format: "json" }, 'option formats is "json" without a method codecFor'],
  [{ connect: {} }, "option connect is an object; it must be a function"],
  [{ clock: 5 }, "option clock is 5 without a method now"],
  [{ callScope: {} }, "option callScope is an object without a method run"],
  [{ userAgent: 5 }, "option userAgent is 5"],
  [{ authority: {} }, "option authority is an object"],
  [{ maxQueuedCalls: "5" }, 'option maxQueuedCalls is "5"'],
  [{ defaultTimeoutMs: 5n }, "option defaultTimeoutMs is 5n"],
  [{ compression: 5 }, "option compression is 5"],
])("%o is refused", (options, text) => {
  expect(() => createChannel("localhost:1", options as never)).toThrow(UsageError);
  expect(() => createChannel("localhost:1", options as never)).toThrow(text);
});
