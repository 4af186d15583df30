// Makes empty messages on the prototypes that the application's own copy of protobuf-es gives them.
import type { DescMessage } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";

/**
 * What `create` makes. Messages with explicit presence share a prototype, one for each copy of `create`, and a bundle has
 * a copy of its own (docs/decisions/0004); `reflect` stays an import, so its messages are like everybody's.
 */
export function newMessage(desc: DescMessage): object {
  return reflect(desc).message;
}
