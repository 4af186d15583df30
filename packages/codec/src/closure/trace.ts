// Which message and field the closure mode is at: error texts are made of it, nothing else.
import type { DescMessage } from "@bufbuild/protobuf";
import type { FieldPlan } from "../plan/message-plan.js";

class Trace {
  message: DescMessage | undefined = undefined;
  field: FieldPlan | undefined = undefined;

  start(desc: DescMessage): void {
    this.message = desc;
    this.field = undefined;
  }
}

export const trace: Trace = new Trace();
