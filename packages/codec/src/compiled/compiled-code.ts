// Compiled mode: message code generated per message type, each direction when it is first used.
import type { DescMessage } from "@bufbuild/protobuf";
import type { MessageCode } from "../plan/message-code.js";
import { planMessage } from "../plan/message-plan.js";
import { compileReader } from "./read-message.js";
import { compileWriter } from "./write-message.js";

/** Code of one message type. Both functions begin as stand-ins that compile the real ones. */
class CompiledCode implements MessageCode {
  read: MessageCode["read"];
  write: MessageCode["write"];

  constructor(desc: DescMessage) {
    this.read = (...call) => {
      this.read = compileReader(planMessage(desc), compiledCode);
      return this.read(...call);
    };
    this.write = (...call) => {
      this.write = compileWriter(planMessage(desc), compiledCode);
      return this.write(...call);
    };
  }
}

const codes = new WeakMap<DescMessage, MessageCode>();

/** The compiled code of a message type, the same each time. */
export function compiledCode(desc: DescMessage): MessageCode {
  let code = codes.get(desc);
  if (code === undefined) {
    code = new CompiledCode(desc);
    codes.set(desc, code);
  }
  return code;
}
