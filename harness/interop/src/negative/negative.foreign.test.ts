// grpc-go's client against the same bad HTTP/2 server: the server is as bad as the descriptions want it.
import { runGoProgram } from "../official/foreign/grpc-go.js";
import { describeNegative } from "./run-cases.js";

describeNegative("grpc-go", ({ name }, server) => {
  const target = `127.0.0.1:${server.port}`;
  // Its program for these cases lacks the two of padding; they ask for no more than a large call.
  return name.endsWith("padding")
    ? runGoProgram("client", target, ["-test_case=large_unary"])
    : runGoProgram("http2", target, [`-test_case=${name}`]);
});
