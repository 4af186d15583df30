// Under which names calls are counted.
import { ContextValues, createGenericMethod, createPrincipal, principal } from "@trunkline/core";
import { expect, test } from "vitest";
import { createHandlerContext } from "../testing/handler-context.js";
import { byApiKey, byMethod, byPrincipal, type CallKey, firstKnown, together } from "./call-key.js";

const user = createPrincipal({ kind: "jwt", issuer: "https://a", name: "alice" });
const key = createPrincipal({ kind: "api-key", name: "billing", claims: { keyId: "7f" } });
const method = createGenericMethod("/a.B/C");
const skip: CallKey = () => false;

test.each<[string, CallKey, object | undefined, string | undefined | false]>([
  ["a user", byPrincipal(), user, "jwt:https://a/alice"],
  ["a key as a user", byPrincipal(), key, "api-key:billing"],
  ["nobody", byPrincipal(), undefined, undefined],
  ["an API key", byApiKey(), key, "api-key:7f"],
  ["an API key besides", byApiKey(), { ...user, others: [key] }, "api-key:7f"],
  ["no API key", byApiKey(), user, undefined],
  ["a method", byMethod(), undefined, "/a.B/C"],
  ["the first that is known", firstKnown(byPrincipal(), byMethod()), undefined, "/a.B/C"],
  ["nothing that is known", firstKnown(byPrincipal()), undefined, undefined],
  ["not counted", firstKnown(skip, byMethod()), user, false],
  ["both", together(byPrincipal(), byMethod()), user, "jwt:https://a/alice /a.B/C"],
  ["one of both", together(byPrincipal(), byMethod()), undefined, "- /a.B/C"],
  ["neither counts", together(byMethod(), skip), user, false],
])("%s", (_, of, who, expected) => {
  const context = new ContextValues();
  if (who !== undefined) context.set(principal, who as typeof user);
  const call = createHandlerContext({ method, context });
  expect([of(call), of(call)]).toEqual([expected, expected]);
});
