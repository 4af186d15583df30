// `npm run call -- METHOD JSON...`: calls any method of the service; each JSON is one request.
import {
  type DescMessage,
  fromJsonString,
  type MessageShape,
  toJsonString,
} from "@bufbuild/protobuf";
import { createClient, RpcError } from "@trunkline/client";
import { connect } from "./connect.js";
import { FileService } from "./gen/trunkline/examples/files/v1/file_service_pb.js";
import { UserService } from "./gen/trunkline/examples/users/v1/user_service_pb.js";

type Message = MessageShape<DescMessage>;
type AnyMethod = (requests: unknown) => Promise<Message> | AsyncIterable<Message>;

const [name = "", ...texts] = process.argv.slice(2);
const methods = [...UserService.methods, ...FileService.methods];
try {
  const method = methods.find((it) => it.name === name.split(/[./]/).at(-1));
  if (method === undefined)
    throw new Error(`no method "${name}": ${methods.map((it) => it.name).join(", ")}`);
  const requests = (texts.length > 0 ? texts : ["{}"]).map((it) =>
    fromJsonString<DescMessage>(method.input, it),
  );
  const channel = await connect(process.env);
  const client = createClient(method.parent, channel) as unknown as Record<string, AnyMethod>;
  const takesOne = method.methodKind === "unary" || method.methodKind === "server_streaming";
  const answer = client[method.localName]!(takesOne ? requests[0] : requests);
  for await (const message of Symbol.asyncIterator in answer ? answer : [answer]) {
    console.log(toJsonString<DescMessage>(method.output, message, { prettySpaces: 2 }));
  }
  await channel.close();
} catch (error) {
  console.error(error instanceof RpcError ? String(error) : (error as Error).message);
  process.exitCode = 1;
}
