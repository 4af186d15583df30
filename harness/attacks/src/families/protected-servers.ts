// Attacks on servers that ask who calls: forged tokens, made-up keys, paths that look like others; and reflection.
import { create, toBinary } from "@bufbuild/protobuf";
import { ServerReflection } from "@trunkline/core/reflection";
import { Flag, formatData, formatHeaders } from "@trunkline/http2";
import type { Attack } from "../attack.js";
import { paths } from "../wire/calls.js";
import { literal, requestBlock } from "../wire/hpack-by-hand.js";
import { envelope, join, repeat } from "../wire/octets.js";
import type { RawPeer } from "../wire/raw-peer.js";
import { forgedToken, goodToken, unknownKeyToken } from "../wire/tokens.js";

const against = "server";
const isProtected = true;
const answered = (status: string) => ({ kind: "answered", status }) as const;

/** A whole call with an empty message. */
function call(peer: RawPeer, path: string, token: string | undefined): Uint8Array {
  const fields = token === undefined ? [] : [literal("authorization", `Bearer ${token}`)];
  const head = formatHeaders(peer.takeId(), requestBlock(path, ...fields), Flag.END_HEADERS);
  return join(head, formatData(peer.lastId, envelope(new Uint8Array(0)), true));
}

/** Ways to write a path that are not the path; the first service is public, the second is not open to mallory. */
function tricksOf(path: string): readonly string[] {
  const [, service = "", method = ""] = path.split("/");
  const first = method.slice(0, 1);
  const code = first.charCodeAt(0).toString(16);
  return [
    ...[`/${path}`, `${path}/`, `${path}//`, `${path}?a=b`, `${path}#a`, `${path};a`, `${path}%00`],
    ...[`/${service}//${method}`, `/${service}/./${method}`, `/${service}/x/../${method}`],
    ...[`/x/..${path}`, `/.${path}`, `//${method}`, `/${method}`, service, `${service}/${method}`],
    ...[`/${service}%2F${method}`, `/${service}%2f${method}`, `/${service}\\${method}`],
    ...[`/${service}/%${code}${method.slice(1)}`, `/%74${service.slice(1)}/${method}`],
    ...[
      `/${service}/${first.toLowerCase()}${method.slice(1)}`,
      `/${service}/${method.toUpperCase()}`,
    ],
    ...[`/${service.toUpperCase()}/${method}`, `/${service}./${method}`, `/.${service}/${method}`],
    ...[
      `/${service}/${method}%20`,
      `/${service}/*`,
      "/*/*",
      "*",
      "/",
      `/${service}/`,
      `/${service}`,
    ],
  ];
}

const targets = [paths.get, paths.collect];
const mallory = goodToken("mallory", "");

function pathTricks(peer: RawPeer): Uint8Array {
  const all = targets.flatMap((path) => [path, ...tricksOf(path)]);
  const feeds = tricksOf(paths.feed);
  return join(
    ...all.map((path) => call(peer, path, undefined)),
    ...all.map((path) => call(peer, path, mallory)),
    ...feeds.map((path) => call(peer, path, undefined)),
  );
}

const reflection = `/${ServerReflection.typeName}/ServerReflectionInfo`;
const { input } = ServerReflection.method.serverReflectionInfo;

function question(symbol: string): Uint8Array {
  const messageRequest = { case: "fileContainingSymbol", value: symbol } as const;
  return envelope(toBinary(input, create(input, { messageRequest })));
}

function openReflection(peer: RawPeer): Uint8Array {
  return formatHeaders(peer.takeId(), requestBlock(reflection), Flag.END_HEADERS);
}

const usualQuestion = question("trunkline.attacks.v1.TargetService");
const hundredQuestions = repeat(50, () =>
  join(usualQuestion, question(`trunkline.attacks.v1.${"x".repeat(50)}`)),
);
/** It announces more than may be. */
const longQuestion = envelope(question("a.".repeat(8000)).subarray(5), 16_385);

/** Everything against those who ask. */
export const protectedAttacks: readonly Attack[] = [
  {
    name: "token-forgery",
    sends:
      "calls with forged tokens of eleven kinds: `none`, HS256 with the public key, strangers' keys, others' tokens",
    against,
    isProtected,
    ending: answered("16"),
    pauseMs: 5,
    chunk: (peer) => repeat(20, () => call(peer, paths.get, forgedToken())),
  },
  {
    name: "jwks-flooding",
    sends: "calls with tokens whose key ids are made up, for an issuer that is slow",
    against,
    isProtected,
    ending: answered("16"),
    counter: "jwksFetches",
    pauseMs: 5,
    chunk: (peer) => repeat(50, () => call(peer, paths.get, unknownKeyToken())),
  },
  {
    name: "policy-path-tricks",
    sends:
      "calls to paths that look like methods: `//`, case, percent-encoding, `/./`, slashes at the end",
    against,
    isProtected,
    ending: answered("7 or 12 or 16"),
    pauseMs: 20,
    chunk: pathTricks,
  },
  {
    name: "reflection-streams",
    sends: "reflection streams that stay open, far more than may be",
    against,
    isProtected,
    ending: answered("8"),
    pauseMs: 10,
    chunk: (peer) =>
      repeat(20, () => join(openReflection(peer), formatData(peer.lastId, usualQuestion))),
  },
  {
    name: "reflection-questions",
    sends: "streams of 100 reflection questions each, for what there is and what there is not",
    against,
    isProtected,
    ending: answered("0 or 8"),
    pauseMs: 20,
    chunk: (peer) => join(openReflection(peer), formatData(peer.lastId, hundredQuestions, true)),
  },
  {
    name: "reflection-long-questions",
    sends: "reflection questions of 16 KiB, beyond what is read",
    against,
    isProtected,
    ending: answered("8"),
    pauseMs: 10,
    chunk: (peer) => join(openReflection(peer), formatData(peer.lastId, longQuestion)),
  },
];
