// Cuts a body that comes in pieces into lines.
import { maxTextLength } from "./http-port.js";

/** The lines of the pieces, each without its end; a last one without an end is an error. */
export async function* splitLines(pieces: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield line;
    if (rest.length > maxTextLength) {
      throw new Error(`a line of the answer is longer than ${maxTextLength} characters`);
    }
  }
  rest += decoder.decode();
  if (rest.trim() !== "") throw new Error("the answer broke off in the middle of a line");
}
