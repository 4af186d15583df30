// Cancelling a stream in the middle, with responses that have arrived and are not read yet.
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import { Code } from "../src/index.js";
import { closeAll, connect, serve } from "./connected-client.js";
import { DownloadResponseSchema } from "./gen/trunkline/test/v1/test_service_pb.js";
import { envelope, grpcHead, type RawStream } from "./raw-server.js";
import { failureOf } from "./rpc-failure.js";

afterEach(closeAll);

const row = (index: number): Uint8Array =>
  toBinary(DownloadResponseSchema, create(DownloadResponseSchema, { index }));

const answers: [string, (stream: RawStream) => unknown][] = [
  ["plain", (s) => s.head().data(Buffer.concat([1, 2, 3].map((n) => envelope(row(n)))))],
  [
    "compressed",
    (s) => {
      s.head([...grpcHead, "grpc-encoding", "gzip"]);
      s.data(Buffer.concat([1, 2, 3].map((n) => envelope(gzipSync(row(n)), 1))));
    },
  ],
];

describe.each(answers)("a stream of %s messages", (_name, answer) => {
  it("ends with CANCELLED at once, and delivers nothing more", async () => {
    let isAnswered = false;
    const server = serve((stream) => {
      if (stream.isEnded && !isAnswered) {
        isAnswered = true;
        answer(stream);
      }
    });
    const { client } = connect(await server.listen());
    const abort = new AbortController();
    const seen: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const { index } of client.download({}, { signal: abort.signal })) {
        seen.push(index);
        abort.abort();
      }
    };
    expect((await failureOf(reading())).code).toBe(Code.CANCELLED);
    expect(seen).toEqual([1]);
    await server.until(() => server.streams[0]!.reset !== undefined);
    expect(server.streams[0]!.reset?.code).toBe(8);
  });
});
