// One of ours: a server that answers with its own address, and can be told to be slow, to fail or to go.
import {
  type Code,
  createServer,
  RpcError,
  type Server,
  type ServerOptions,
} from "@trunkline/server";
import { answerQuestions } from "@trunkline/testkit";
import { InteropService } from "../gen/trunkline/interop/v1/interop_pb.js";

/** Where to listen; port 0: any. */
export interface ListenOrder {
  readonly host: string;
  readonly port: number;
  readonly options: ServerOptions;
}

/** How it is to treat calls from now on. */
export interface Behaviour {
  /** How long each call takes, milliseconds. Default 0. */
  readonly delayMs?: number;
  /** The code that each call fails with. Default none. */
  readonly code?: Code;
  /** Calls never end. */
  readonly hangs?: boolean;
}

let name = "";
let behaviour: Behaviour = {};
let server: Server;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function addInterop(to: Server): void {
  to.addService(InteropService, {
    async unary({ payload }, call) {
      call.responseHeaders.append("x-server", name);
      const { delayMs = 0, code, hangs = false } = behaviour;
      if (delayMs > 0) await pause(delayMs);
      if (hangs) {
        await new Promise<void>((resolve) =>
          call.signal.addEventListener("abort", () => resolve()),
        );
      }
      if (code !== undefined) throw new RpcError(code, `${name} was told to fail`);
      return { payload };
    },
  });
}

answerQuestions({
  async listen({ host, port, options }: ListenOrder): Promise<number> {
    server = createServer(options);
    addInterop(server);
    const address = await server.listen({ host, port });
    name = `${host}:${address.port}`;
    return address.port;
  },
  behave(order: Behaviour) {
    behaviour = order;
  },
  drain: ({ graceMs }: { graceMs: number }) => server.shutdown({ graceMs }),
});
