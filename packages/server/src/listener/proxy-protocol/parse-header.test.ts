// Headers of the PROXY protocol: what is read out of them, what is refused, and that no bytes whatsoever do harm.
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { crc32c } from "./crc32c.js";
import type { ProxyHeaderResult } from "./header.js";
import { parseProxyHeader } from "./parse-header.js";

const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const four = [192, 0, 2, 7, 198, 51, 100, 9, 0x9c, 0x40, 0xc3, 0x83];
const text = (value: string): number[] => [...Buffer.from(value, "latin1")];
const field = (type: number, value: readonly number[]): number[] => [
  type,
  value.length >> 8,
  value.length & 0xff,
  ...value,
];

function binary(command: number, family: number, rest: readonly number[]): Uint8Array {
  const length = [rest.length >> 8, rest.length & 0xff];
  return Uint8Array.from([...signature, command, family, ...length, ...rest]);
}

function parse(bytes: Uint8Array | string): ProxyHeaderResult {
  return parseProxyHeader(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes, 4096);
}

function headerOf(bytes: Uint8Array | string) {
  const result = parse(bytes);
  if (result.kind !== "header") throw new Error(JSON.stringify(result));
  return result.header;
}

describe("version 1", () => {
  it.each([
    ["PROXY TCP4 192.0.2.7 198.51.100.9 40000 443\r\n", "192.0.2.7", 40_000, "198.51.100.9", 443],
    ["PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", "0.0.0.0", 0, "255.255.255.255", 65_535],
    ["PROXY TCP6 2001:DB8::7 ::1 1 2\r\n", "2001:db8::7", 1, "::1", 2],
    ["PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n", "::ffff:192.0.2.7", 1, "::1", 2],
  ])("%j", (line, host, port, toHost, toPort) => {
    const bytes = `${line}PRI * HTTP/2.0`;
    expect(parse(bytes)).toMatchObject({ kind: "header", byteLength: line.length });
    expect(headerOf(bytes)).toMatchObject({
      version: 1,
      command: "PROXY",
      source: { host, port },
      destination: { host: toHost, port: toPort },
      tls: undefined,
    });
  });

  it.each(["PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n"])(
    "%j names nobody",
    (line) => {
      expect(headerOf(line)).toMatchObject({ source: undefined, destination: undefined });
    },
  );

  it.each([
    ["PROXY TCP4 192.0.2.7 198.51.100.9 40000 443 \r\n", "has 7 words"],
    ["PROXY TCP4 192.0.2.7 198.51.100.9 40000\r\n", "has 5 words"],
    ["PROXY TCP4  192.0.2.7 198.51.100.9 1 2\r\n", "has 7 words"],
    ["PROXY tcp4 192.0.2.7 198.51.100.9 40000 443\r\n", 'the family is "tcp4"'],
    ["PROXY \r\n", 'the family is ""'],
    ["PROXY TCP4 ::1 198.51.100.9 40000 443\r\n", '"::1" is no address of TCP4'],
    ["PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", '"fe80::1%eth0" is no address'],
    ["PROXY TCP4 192.0.2.7 198.51.100.9 65536 443\r\n", '"65536" is no port'],
    ["PROXY TCP4 192.0.2.7 198.51.100.9 1 0443\r\n", '"0443" is no port'],
    ["PROXY TCP4 192.0.2.7 198.51.100.9 1 -1\r\n", '"-1" is no port'],
    [`PROXY UNKNOWN ${"x".repeat(100)}`, "does not end within 107 bytes"],
    [`PROXY UNKNOWN ${"x".repeat(92)}\r\n`, "does not end within 107 bytes"],
  ])("%j is refused", (line, reason) => {
    expect(parse(line)).toEqual({ kind: "fault", reason: expect.stringContaining(reason) });
  });

  it("may have 107 bytes", () => {
    const line = `PROXY UNKNOWN ${"x".repeat(91)}\r\n`;
    expect(parse(line)).toMatchObject({ kind: "header", byteLength: 107 });
  });
});

describe("version 2", () => {
  it("IPv4", () => {
    expect(parse(binary(0x21, 0x11, four))).toMatchObject({ kind: "header", byteLength: 28 });
    expect(headerOf(binary(0x21, 0x11, four))).toMatchObject({
      version: 2,
      command: "PROXY",
      source: { host: "192.0.2.7", port: 40_000 },
      destination: { host: "198.51.100.9", port: 50_051 },
    });
  });

  it.each([
    ["20010db8000000000000000000000007", "2001:db8::7"],
    ["00000000000000000000000000000001", "::1"],
    ["00000000000000000000000000000000", "::"],
    ["fe800000000000000000000000000000", "fe80::"],
    ["20010000000100020000000000000003", "2001:0:1:2::3"],
    ["00010000000200030004000500060007", "1:0:2:3:4:5:6:7"],
    ["00000000000000000000ffffc0000207", "::ffff:192.0.2.7"],
  ])("IPv6 %s is %s", (hex, host) => {
    const address = [...Buffer.from(hex, "hex")];
    const bytes = binary(0x21, 0x21, [...address, ...address, 0, 1, 0, 2]);
    expect(headerOf(bytes).source).toEqual({ host, port: 1 });
    expect(headerOf(bytes).destination).toEqual({ host, port: 2 });
  });

  it("unix-domain sockets", () => {
    const path = (value: string): number[] => [...text(value.padEnd(108, "\0"))];
    const bytes = binary(0x21, 0x31, [...path("/run/a.sock"), ...path("\0abstract")]);
    expect(headerOf(bytes).source).toEqual({ host: "/run/a.sock", port: undefined });
    expect(headerOf(bytes).destination).toEqual({ host: "\0abstract", port: undefined });
  });

  it.each([
    ["LOCAL", 0x20, 0x11, four],
    ["LOCAL without addresses", 0x20, 0x00, []],
    ["LOCAL of a family that nobody knows", 0x20, 0xff, [1, 2, 3]],
    ["UNSPEC", 0x21, 0x00, []],
    ["UDP", 0x21, 0x12, four],
  ])("%s names nobody", (name, command, family, rest) => {
    expect(headerOf(binary(command, family, rest))).toMatchObject({
      command: name.startsWith("LOCAL") ? "LOCAL" : "PROXY",
      source: undefined,
      destination: undefined,
    });
  });

  it("fields", () => {
    const tls = [0x05, 0, 0, 0, 0, ...field(0x21, text("TLSv1.3")), ...field(0x22, text("alice"))];
    const rest = [
      ...four,
      ...field(0x01, text("h2")),
      ...field(0x02, text("users.example")),
      ...field(0x05, [1, 2]),
      ...field(0x30, text("blue")),
      ...field(0x04, []),
      ...field(0xea, [9]),
      ...field(0x20, [...tls, ...field(0x23, text("TLS_AES_128_GCM_SHA256"))]),
    ];
    const header = headerOf(binary(0x21, 0x11, rest));
    expect(header).toMatchObject({ alpn: "h2", authority: "users.example", namespace: "blue" });
    expect(header.uniqueId).toEqual(Uint8Array.of(1, 2));
    expect(header.fields.get(0xea)).toEqual(Uint8Array.of(9));
    expect(header.tls).toEqual({
      hasCertificate: false,
      hasSessionCertificate: true,
      verified: true,
      version: "TLSv1.3",
      commonName: "alice",
      cipher: "TLS_AES_128_GCM_SHA256",
      signatureAlgorithm: undefined,
      keyAlgorithm: undefined,
    });
  });

  it.each([
    ["a certificate that is not good", [0x07, 0, 0, 0, 1], { verified: false }],
    ["no certificate", [0x01, 0, 0, 0, 0], { verified: false, hasCertificate: false }],
    ["no TLS", [0x00, 0, 0, 0, 1], undefined],
  ])("of TLS: %s", (_, value, expected) => {
    const { tls } = headerOf(binary(0x21, 0x11, [...four, ...field(0x20, value)]));
    if (expected === undefined) expect(tls).toBeUndefined();
    else expect(tls).toMatchObject(expected);
  });

  it("a checksum that is right, and one that is not", () => {
    const bytes = binary(0x21, 0x11, [...four, ...field(0x03, [0, 0, 0, 0])]);
    const sum = crc32c(bytes);
    new DataView(bytes.buffer).setUint32(bytes.length - 4, sum);
    expect(parse(bytes)).toMatchObject({ kind: "header" });
    expect(parse(Buffer.from(bytes))).toMatchObject({ kind: "header" });
    bytes[16]! ^= 1;
    expect(parse(bytes)).toEqual({ kind: "fault", reason: "the checksum (CRC32C) is wrong" });
  });

  it.each([
    ["the version", binary(0x11, 0x11, four), "the version is 1, not 2"],
    ["the command", binary(0x22, 0x11, four), "the command is 2"],
    ["the family", binary(0x21, 0x41, four), "0x41, which is none"],
    ["the transport", binary(0x21, 0x13, four), "0x13, which is none"],
    ["addresses that are cut off", binary(0x21, 0x21, four), "the addresses are cut off"],
    ["the head of a field", binary(0x21, 0x11, [...four, 1, 0]), "cut off in its head"],
    ["a field", binary(0x21, 0x11, [...four, 1, 0, 9, 1]), "has 9 bytes, of which 1 are there"],
    ["TLS", binary(0x21, 0x11, [...four, ...field(0x20, [1])]), "about TLS has 1 bytes"],
    ["in TLS", binary(0x21, 0x11, [...four, ...field(0x20, [1, 0, 0, 0, 0, 2])]), "within the fi"],
    ["its size", binary(0x21, 0x11, new Array(4081).fill(0)), "4097 bytes, more than maxHeaderB"],
  ])("%s is refused", (_, bytes, reason) => {
    expect(parse(bytes)).toEqual({ kind: "fault", reason: expect.stringContaining(reason) });
  });

  it("a size that is too large is refused before it has come", () => {
    const start = binary(0x21, 0x11, new Array(65_535).fill(0)).subarray(0, 16);
    expect(parse(start)).toMatchObject({ kind: "fault" });
  });
});

it("as HAProxy 2.6 writes it, with a checksum", () => {
  const hex = "0d0a0d0a000d0a515549540a211100167f0000017f000001e55ec6c1030004b01b7f5b050000505249";
  expect(parse(Buffer.from(hex, "hex"))).toMatchObject({ kind: "header", byteLength: 38 });
});

it.each(["PRI * HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\n", "\x16\x03\x01", "PROXI", "\r\n\r\nx"])(
  "%j is no header",
  (bytes) => {
    expect(parse(bytes).kind).toBe("absent");
  },
);

test("CRC32C as RFC 3720 has it", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});

const anyHeader = fc.oneof(
  fc
    .tuple(fc.ipV4(), fc.ipV4(), fc.nat(65_535), fc.nat(65_535))
    .map(([a, b, c, d]) => Uint8Array.from(text(`PROXY TCP4 ${a} ${b} ${c} ${d}\r\n`))),
  fc
    .tuple(
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      fc.array(fc.tuple(fc.integer({ min: 0x80, max: 0xff }), fc.array(fc.nat(255)))),
    )
    .map(([a, fields]) => binary(0x21, 0x11, [...a, ...fields.flatMap(([t, v]) => field(t, v))])),
);

test("however a header is cut, it is incomplete until it is there, and what follows is left", () => {
  fc.assert(
    fc.property(anyHeader, fc.uint8Array(), (header, rest) => {
      for (let end = 0; end < header.length; end++) {
        expect(parse(header.subarray(0, end)).kind).toBe("incomplete");
      }
      const all = Uint8Array.from([...header, ...rest]);
      expect(parse(all)).toMatchObject({ kind: "header", byteLength: header.length });
    }),
  );
});

test("no bytes make it throw, and it never claims bytes that are not there", () => {
  const start = fc.constantFrom<readonly number[]>([], signature, [...signature, 0x21, 0x11]);
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 300 }), (begin, rest) => {
      const bytes = Uint8Array.from([...begin, ...rest]);
      const result = parse(bytes);
      if (result.kind === "header") expect(result.byteLength).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 1000 },
  );
});
