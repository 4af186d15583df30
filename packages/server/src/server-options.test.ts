// Defaults, and what is out of range.
import { UsageError } from "@trunkline/core";
import { expect, test } from "vitest";
import { readServerOptions } from "./server-options.js";

test("the defaults are those that are documented", () => {
  expect(readServerOptions({})).toMatchObject({
    interceptors: [],
    methodLimits: {
      maxReceiveMessageBytes: 4 * 1024 * 1024,
      maxSendMessageBytes: Number.POSITIVE_INFINITY,
      defaultTimeoutMs: Number.POSITIVE_INFINITY,
      maxTimeoutMs: Number.POSITIVE_INFINITY,
    },
    maxConcurrentStreams: 1000,
    streamWindowBytes: 1024 * 1024,
    connectionWindowBytes: 1024 * 1024,
    maxHeaderListBytes: 16 * 1024,
    softHeaderListBytes: 8 * 1024,
    maxConnections: 10_000,
    handshakeTimeoutMs: 20_000,
    tcpKeepaliveMs: 60_000,
  });
});

test.each([
  [{ maxReceiveMessageBytes: -1 }, "maxReceiveMessageBytes", "not -1"],
  [{ maxSendMessageBytes: -1 }, "maxSendMessageBytes", "not -1"],
  [{ defaultTimeoutMs: 0 }, "defaultTimeoutMs", "not 0"],
  [{ maxTimeoutMs: Number.NaN }, "maxTimeoutMs", "not NaN"],
  [{ softHeaderListBytes: -1 }, "softHeaderListBytes", "not -1"],
  [{ maxConcurrentStreams: 1.5 }, "maxConcurrentStreams", "not 1.5"],
  [{ streamWindowBytes: 2 ** 31 }, "streamWindowBytes", "2147483647"],
  [{ connectionWindowBytes: 1 }, "connectionWindowBytes", "65535"],
  [{ maxHeaderListBytes: Number.NaN }, "maxHeaderListBytes", "NaN"],
  [{ maxConnections: 0 }, "maxConnections", "not 0"],
  [{ tcpKeepaliveMs: 999 }, "tcpKeepaliveMs", "from 1000"],
  [{ handshakeTimeoutMs: Number.POSITIVE_INFINITY }, "handshakeTimeoutMs", "Infinity"],
])("%j is refused in words", (options, ...words) => {
  for (const word of words) expect(() => readServerOptions(options)).toThrow(word);
});

test.each([
  [{ interceptors: {} }, "option interceptors is an object"],
  [{ formats: "json" }, 'option formats is "json"'],
  [{ formats: [null] }, "option formats is null without a method codecFor"],
  [{ unknownMethod: "x" }, 'option unknownMethod is "x"; it must be a function'],
  [{ log: () => {} }, "option log is a function without a method debug"],
  [{ maxConnections: Symbol("x") }, "not Symbol(x)"],
  [{ maxHeaderListBytes: 10n }, "from 1024 to 2147483647, not 10n"],
  [{ limits: 5 }, "option limits is 5; it must be an object"],
])("options of the wrong kind are refused: %o", (options, text) => {
  expect(() => readServerOptions(options as never)).toThrow(UsageError);
  expect(() => readServerOptions(options as never)).toThrow(text);
});
