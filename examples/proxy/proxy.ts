// Forwards every call of every service: metadata, deadline, messages, status and trailers, in both directions.
import { createChannel, type OpenRequests, openRaw } from "@trunkline/client";
import { createServer, type ServerCall } from "@trunkline/server";

const upstream = createChannel(process.env.UPSTREAM ?? "127.0.0.1:50051");

async function* forward(requests: AsyncIterable<Uint8Array>, call: ServerCall) {
  const { method, metadata, format } = call;
  const path = `/${method.parent.typeName}/${method.name}`;
  const onward = openRaw(upstream, path, { parent: call, metadata, format });
  void pump(requests, onward);
  call.responseHeaders.merge(await onward.headers);
  call.sendHeaders();
  yield* onward.messages;
  call.responseTrailers.merge(await onward.trailers);
}

async function pump(requests: AsyncIterable<Uint8Array>, onward: OpenRequests<Uint8Array>) {
  try {
    for await (const request of requests) await onward.send(request);
    onward.closeSend();
  } catch {
    // One of the two ends is gone: the other one is told by `forward`.
  }
}

const server = createServer({ unknownMethod: forward });
const port = Number(process.env.PORT ?? 50050);
const { address } = await server.listen({ host: "127.0.0.1", port });
console.log(`forwarding from ${address}`);
process.once("SIGTERM", () => server.shutdown({ graceMs: 5_000 }).then(() => upstream.close()));
