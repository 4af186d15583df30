// Plain node:http2 that sends canned requests and reads no protobuf: the floor of every client built on it.
import * as http2 from "node:http2";
import { getUserRequest, getUserResponse } from "../canned.js";
import type { CreateDriver } from "../driver.js";

const unsupported = () => Promise.reject(new Error("node-http2 takes part in unary cases only"));

export const createDriver: CreateDriver = (port) => {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  return {
    getUser: () =>
      new Promise((resolve, reject) => {
        const stream = session.request({
          ":method": "POST",
          ":path": "/trunkline.bench.v1.BenchService/GetUser",
          "content-type": "application/grpc",
          te: "trailers",
        });
        let byteCount = 0;
        stream.on("data", (chunk: Buffer) => {
          byteCount += chunk.length;
        });
        stream.on("end", () => {
          if (byteCount === getUserResponse.length) resolve();
          else reject(new Error(`expected ${getUserResponse.length} bytes, received ${byteCount}`));
        });
        stream.on("error", reject);
        stream.end(getUserRequest);
      }),
    listUsers: unsupported,
    openChat: unsupported,
    echo: unsupported,
    upload: unsupported,
    close: () => session.destroy(),
  };
};
