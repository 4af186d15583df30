// A DNS server on loopback, UDP and TCP on one port, that answers as the test says (RFC 1035).
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";

/** A record of an answer: `{ A: "127.0.0.1" }`, `{ SRV: [priority, weight, port, target] }`, `{ TXT: [pieces] }`. */
export interface StandInRecord {
  readonly A?: string;
  readonly AAAA?: readonly number[];
  readonly TXT?: readonly string[];
  readonly SRV?: readonly [number, number, number, string];
  /** Seconds. Default 300. */
  readonly ttl?: number;
}

/** What one question is answered with; "silence": not at all. */
export type StandInAnswer = readonly StandInRecord[] | "NXDOMAIN" | "SERVFAIL" | "silence";

const types: Readonly<Record<number, keyof StandInRecord>> = {
  1: "A",
  16: "TXT",
  28: "AAAA",
  33: "SRV",
};
const rcodes: Readonly<Record<string, number>> = { SERVFAIL: 2, NXDOMAIN: 3 };

/** See the file's first line. */
export class DnsStandIn {
  /** What was asked, as `A users.example`, over `udp` or `tcp`. */
  readonly asked: { readonly question: string; readonly over: "udp" | "tcp" }[] = [];
  /** Answers to `A users.example`; what is not there exists without such records. */
  answers: Record<string, StandInAnswer> = {};
  /** Whether everything asked over UDP is answered with "ask again over TCP". */
  truncates = false;
  address = "";
  readonly #tcp: Server;
  readonly #udp: UdpSocket = createSocket("udp4");
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#udp.on("message", (query, { port, address }) => {
      const answer = this.#answer(query, "udp");
      if (answer !== undefined) this.#udp.send(answer, port, address);
    });
    this.#tcp = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        const answer = this.#answer(bytes.subarray(2), "tcp");
        if (answer === undefined) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
      });
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#tcp.listen(0, "127.0.0.1", resolve));
    const { port } = this.#tcp.address() as { port: number };
    await new Promise<void>((resolve) => this.#udp.bind(port, "127.0.0.1", resolve));
    this.address = `127.0.0.1:${port}`;
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#udp.close(() => resolve()));
    await new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
  }

  #answer(query: Buffer, over: "udp" | "tcp"): Buffer | undefined {
    const { name, type, end } = readQuestion(query);
    const question = `${type} ${name}`;
    this.asked.push({ question, over });
    const answer = this.answers[question] ?? [];
    if (answer === "silence") return undefined;
    const head = Buffer.from(query.subarray(0, 12));
    const isTruncated = this.truncates && over === "udp";
    const records = typeof answer === "string" || isTruncated ? [] : answer;
    const rcode = typeof answer === "string" ? rcodes[answer]! : 0;
    // QR, AA, RD, RA; TC when there is more than fits.
    head.writeUInt16BE(0x8580 | (isTruncated ? 0x0200 : 0) | rcode, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt32BE(0, 8);
    return Buffer.concat([head, query.subarray(12, end), ...records.map(encodeRecord)]);
  }
}

function readQuestion(query: Buffer): { name: string; type: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = query.readUInt16BE(at + 1);
  return { name: labels.join(".").toLowerCase(), type: types[type] ?? String(type), end: at + 5 };
}

function encodeName(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, "latin1")]),
    Buffer.from([0]),
  ]);
}

function encodeRecord(record: StandInRecord): Buffer {
  const [type] = Object.entries(types).find(([, name]) => record[name] !== undefined)!;
  const data = encodeData(record);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(Number(type), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(record.ttl ?? 300, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function encodeData({ A, AAAA, TXT, SRV }: StandInRecord): Buffer {
  if (A !== undefined) return Buffer.from(A.split(".").map(Number));
  if (AAAA !== undefined) {
    return Buffer.from(AAAA.flatMap((group) => [group >> 8, group & 0xff]));
  }
  if (TXT !== undefined) {
    return Buffer.concat(
      TXT.flatMap((text) => [Buffer.from([text.length]), Buffer.from(text, "latin1")]),
    );
  }
  const [priority, weight, port, target] = SRV!;
  const head = Buffer.alloc(6);
  head.writeUInt16BE(priority, 0);
  head.writeUInt16BE(weight, 2);
  head.writeUInt16BE(port, 4);
  return Buffer.concat([head, encodeName(target)]);
}
