// Certificates, keys and CAs are replaced while calls go on: no call fails, and new handshakes see what is new.
import {
  type Client,
  reloadableTlsChannelCredentials,
  tlsChannelCredentials,
} from "@trunkline/client";
import { reloadableTlsServerCredentials } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, describe, expect, it } from "vitest";
import type { TestService } from "../gen/trunkline/test/v1/test_service_pb.js";
import { call, clientOf, endAll, nameShown, serveTls } from "./tls-ends.js";

const authority = createAuthority();
const ca = authority.cert;
const hosts = ["localhost", "127.0.0.1"];

afterEach(endAll);

/** Calls one after the other until told to stop; resolves to how many succeeded. Fails with the first call that fails. */
function keepCalling(makeClient: () => Client<typeof TestService>): () => Promise<number> {
  let isOver = false;
  const run = async (): Promise<number> => {
    let count = 0;
    for (; !isOver; count++) await makeClient().unary({}, { timeoutMs: 30_000 });
    return count;
  };
  const running = run();
  return () => {
    isOver = true;
    return running;
  };
}

describe("under load", () => {
  it("100 reloads of the server's certificate fail no call, on old connections and new ones", async () => {
    const credentials = reloadableTlsServerCredentials({ ...authority.issue("v0", hosts), ca });
    const { server, port } = await serveTls(credentials);
    const identity = { ca, ...authority.issue("client") };
    const steady = clientOf(port, { credentials: tlsChannelCredentials(identity) });
    const stop = [
      ...Array.from({ length: 4 }, () => keepCalling(() => steady)),
      // A connection for each call.
      keepCalling(() =>
        clientOf(port, { credentials: tlsChannelCredentials(identity), shareConnections: false }),
      ),
    ];
    for (let version = 1; version <= 100; version++) {
      credentials.update(authority.issue(`v${version}`, hosts));
      expect(await nameShown(port)).toBe(`v${version}`);
    }
    const counts = await Promise.all(stop.map((end) => end()));
    for (const count of counts) expect(count).toBeGreaterThan(0);
    expect(server.connections().length).toBeGreaterThan(0);
    expect(server.stats().failedCalls).toBe(0);
  }, 60_000);

  it("so do 100 reloads of the client's, and new connections show them", async () => {
    const { port } = await serveTls(
      reloadableTlsServerCredentials({ ...authority.issue("server", hosts), ca }),
    );
    const credentials = reloadableTlsChannelCredentials({ ca, ...authority.issue("v0") });
    const stop = keepCalling(() => clientOf(port, { credentials }));
    for (let version = 1; version <= 100; version++) {
      credentials.update(authority.issue(`v${version}`));
      const seen = await call(port, { credentials, shareConnections: false });
      expect(seen).toMatchObject({ commonName: `v${version}`, authorized: true });
    }
    expect(await stop()).toBeGreaterThan(0);
  }, 60_000);
});

describe("settings that cannot be used", () => {
  it("leave the server as it is: all of it", async () => {
    const first = authority.issue("first", hosts);
    const credentials = reloadableTlsServerCredentials(first);
    const { port } = await serveTls(credentials);
    const other = authority.issue("other", hosts);
    expect(() => credentials.update({ cert: other.cert })).toThrow(
      "TLS certificate and key of the server cannot be used",
    );
    expect(() => credentials.update({ minVersion: "SSLv3" as never })).toThrow("SSLv3");
    expect(await nameShown(port)).toBe("first");
    expect(credentials.current.cert).toBe(first.cert);
  });

  it("leave channels as they are, from their first connection on", async () => {
    const { port } = await serveTls(reloadableTlsServerCredentials(authority.issue("s", hosts)));
    const credentials = reloadableTlsChannelCredentials({ ca });
    await call(port, { credentials });
    const { cert } = authority.issue("a");
    const { key } = authority.issue("b");
    expect(() => credentials.update({ cert, key })).toThrow(
      "the channel's TLS credentials cannot be used: key values mismatch",
    );
    expect(credentials.current.cert).toBeUndefined();
  });
});

describe("the CAs of clients", () => {
  const next = createAuthority("the next authority");
  const asks = (identity: object): object => ({ ca, ...identity });

  it("count from the next handshake on; connections that are open stay", async () => {
    const credentials = reloadableTlsServerCredentials({ ...authority.issue("s", hosts), ca });
    const { port } = await serveTls(credentials);
    const old = { credentials: tlsChannelCredentials(asks(authority.issue("old"))) };
    const open = clientOf(port, old);
    await open.unary({});
    const late = { credentials: tlsChannelCredentials(asks(next.issue("late"))) };
    expect(await call(port, late)).toContain("did not begin HTTP/2");
    credentials.update({ ca: next.cert });
    await open.unary({});
    expect(await call(port, { ...late, shareConnections: false })).toMatchObject({
      commonName: "late",
    });
    expect(await call(port, { ...old, shareConnections: false })).toContain("did not begin HTTP/2");
    await open.unary({});
  });
});
