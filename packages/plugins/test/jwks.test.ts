// Keys by URL: how often they are fetched, how long they are believed, and who waits for them.
import { Code, silentLog } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import { type IssuerKey, keySetOf, sign } from "./issuer.js";
import { ec, rsa, setUp } from "./jwt-setup.js";

describe("keys by URL", () => {
  function serve(): { keys: IssuerKey[]; fetches: number; fail: boolean; fetch: typeof fetch } {
    const issuer = {
      keys: [rsa],
      fetches: 0,
      fail: false,
      fetch: (async (_url: unknown, init: RequestInit) => {
        issuer.fetches += 1;
        expect(init.redirect).toBe("error");
        if (issuer.fail) throw new Error("refused");
        return Response.json(await keySetOf(...issuer.keys));
      }) as typeof fetch,
    };
    return issuer;
  }

  function setUpUrl(issuer: ReturnType<typeof serve>): ReturnType<typeof setUp> {
    return setUp({
      keys: {
        jwksUrl: "https://issuer.test/keys",
        fetch: issuer.fetch,
        cooldownMs: 1000,
        refreshMs: 5000,
        maxAgeMs: 20_000,
      },
      cacheMs: 0,
    });
  }

  it("are fetched once, and again in the background", async () => {
    const issuer = serve();
    const { ask, clock } = setUpUrl(issuer);
    expect(issuer.fetches).toBe(0);
    await Promise.all([ask(await sign(rsa)), ask(await sign(rsa, { sub: "b" }))]);
    expect(issuer.fetches).toBe(1);
    clock.advance(5000);
    await ask(await sign(rsa));
    expect(issuer.fetches).toBe(2);
  });

  it("are fetched for a new key at once, and for made-up ones no more often than allowed", async () => {
    const issuer = serve();
    const { ask, clock } = setUpUrl(issuer);
    await ask(await sign(rsa));
    issuer.keys = [ec];
    clock.advance(1000);
    expect(await ask(await sign(ec))).toMatchObject({ name: "alice" });
    expect(issuer.fetches).toBe(2);
    for (let at = 0; at < 50; at++) {
      const failure = ask(await sign(ec, {}, { kid: `made-up-${at}` }));
      await expect(failure).rejects.toThrow(/not known here/);
    }
    expect(issuer.fetches).toBe(2);
    await expect(ask(await sign(rsa))).rejects.toThrow(/not known here/);
  });

  it("stay in use while they cannot be fetched, but not for ever", async () => {
    const issuer = serve();
    const { ask, clock } = setUpUrl(issuer);
    await ask(await sign(rsa));
    issuer.fail = true;
    clock.advance(19_999);
    expect(await ask(await sign(rsa))).toMatchObject({ name: "alice" });
    clock.advance(1000);
    await expect(ask(await sign(rsa))).rejects.toMatchObject({ code: Code.UNAVAILABLE });
    issuer.fail = false;
    clock.advance(1000);
    expect(await ask(await sign(rsa))).toMatchObject({ name: "alice" });
  });

  it("are asked for again soon while there are none, and then less and less often", async () => {
    const issuer = serve();
    issuer.fail = true;
    const { ask, clock } = setUp({
      keys: { jwksUrl: "https://issuer.test/keys", fetch: issuer.fetch, cooldownMs: 3000 },
    });
    const token = await sign(rsa);
    const fetchesAfter: number[] = [];
    for (const ms of [0, 999, 1, 1000, 1000, 2999, 1]) {
      clock.advance(ms);
      await expect(ask(token)).rejects.toMatchObject({ code: Code.UNAVAILABLE });
      fetchesAfter.push(issuer.fetches);
    }
    expect(fetchesAfter).toEqual([1, 1, 2, 2, 3, 3, 4]);
    issuer.fail = false;
    clock.advance(3000);
    expect(await ask(token)).toMatchObject({ name: "alice" });
  });

  it("are waited for by a hundred tokens with unknown keys at most, and by nobody for ever", async () => {
    const issuer = serve();
    let isStuck = false;
    const fetchOrNot = ((...args: Parameters<typeof fetch>) =>
      isStuck ? new Promise(() => {}) : issuer.fetch(...args)) as typeof fetch;
    const { ask, clock } = setUp({
      keys: { jwksUrl: "https://issuer.test/keys", fetch: fetchOrNot, cooldownMs: 1000 },
    });
    await ask(await sign(rsa));
    isStuck = true;
    clock.advance(1000);
    let refused = 0;
    const all = [];
    for (let at = 0; at < 150; at++) {
      const asked = ask(await sign(ec, {}, { kid: `made-up-${at}` }));
      all.push(asked.catch(() => refused++));
    }
    expect(await ask(await sign(rsa, { sub: "b" }))).toMatchObject({ name: "b" });
    expect(refused).toBe(50);
    clock.advance(5000);
    await Promise.all(all);
    expect(refused).toBe(150);
  });

  it("that are none are told to the log", async () => {
    const warnings: unknown[] = [];
    const log = {
      ...silentLog,
      warn: (text: string, fields?: object) => warnings.push([text, fields]),
    };
    const answers = [
      () => new Response("no", { status: 404 }),
      () => new Response("{}"),
      () => new Response("x".repeat(1_048_577)),
    ];
    for (const answer of answers) {
      const keys = {
        jwksUrl: "https://issuer.test/keys",
        fetch: (async () => answer()) as typeof fetch,
      };
      const { ask } = setUp({ keys, log });
      await expect(ask(await sign(rsa))).rejects.toMatchObject({ code: Code.UNAVAILABLE });
    }
    expect(JSON.stringify(warnings)).toMatch(/HTTP status 404.*one or more.*1048576 bytes/);
  });
});
