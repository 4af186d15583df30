// What the printer shows of frames that our connections never write.
import { expect, test } from "vitest";
import { rawFrame } from "./scripted-peer.js";
import { FramePrinter } from "./show-frames.js";

test("unknown frames by their number, blocks that cannot be read by what is wrong with them", () => {
  const frames = [...rawFrame(0x2a, 0, 3, [1, 2]), ...rawFrame(1, 4, 1, [0x80])];
  expect(new FramePrinter().print(Uint8Array.from(frames))).toEqual([
    "TYPE 42 3",
    expect.stringMatching(/^HEADERS 1 broken: ./),
  ]);
});
