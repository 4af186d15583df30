// Attempts that nobody but the trace notices. The server that refuses a stream is one of node:http2.
import { createServer as createHttp2Server } from "node:http2";
import { afterEach, expect, it } from "vitest";
import { afterwards, connect, endAll, startTelemetry } from "./telemetry.js";

afterEach(endAll);

it("transparent attempts repeat the number of the one that no server has seen", async () => {
  const telemetry = await startTelemetry({
    metrics: { enable: ["grpc.client.call.transparent_retries"] },
  });
  // Refuses the first stream (REFUSED_STREAM), and answers the second one.
  let streams = 0;
  const raw = createHttp2Server();
  raw.on("stream", (stream) => {
    streams++;
    stream.on("error", () => {});
    if (streams === 1) {
      stream.close(7);
      return;
    }
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Buffer.from([0, 0, 0, 0, 0]));
  });
  await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
  afterwards(() => new Promise((resolve) => raw.close(resolve)));
  const { port } = raw.address() as { port: number };
  const { client } = connect(telemetry, `127.0.0.1:${port}`);
  await client.unary({});
  const attempts = (await telemetry.spans()).filter((span) => span.name.startsWith("Attempt."));
  expect(attempts.map(({ attributes }) => attributes)).toEqual([
    { "previous-rpc-attempts": 0, "transparent-retry": false },
    { "previous-rpc-attempts": 0, "transparent-retry": true },
  ]);
  expect(await telemetry.metric("grpc.client.call.transparent_retries")).toMatchObject({
    unit: "{transparent_retry}",
    points: [{ value: 1, sum: 1, bounds: [1, 2, 3, 4, 5, 10] }],
  });
});
