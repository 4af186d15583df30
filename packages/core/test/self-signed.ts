// Makes a self-signed certificate for tests, so that no key needs to lie in the repository.
import { generateKeyPairSync, sign } from "node:crypto";

// ASN.1 tags (X.690).
const sequence = 0x30;
const set = 0x31;
const integer = 0x02;
const bitString = 0x03;
const objectId = 0x06;
const utf8String = 0x0c;
const generalizedTime = 0x18;

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").replace(/.{64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** A certificate of version 1 for the name `test`, with its key, as PEM. */
export function createSelfSignedCertificate(): { readonly cert: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = der(sequence, der(objectId, Buffer.from("2a8648ce3d040302", "hex")));
  const commonName = der(objectId, Buffer.from("550403", "hex"));
  const name = der(
    sequence,
    der(set, der(sequence, commonName, der(utf8String, Buffer.from("test")))),
  );
  const validity = der(
    sequence,
    der(generalizedTime, Buffer.from("20200101000000Z")),
    der(generalizedTime, Buffer.from("21200101000000Z")),
  );
  const content = der(
    sequence,
    der(integer, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = der(bitString, Buffer.from([0]), sign("sha256", content, privateKey));
  return {
    cert: pem("CERTIFICATE", der(sequence, content, ecdsaWithSha256, signature)),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
