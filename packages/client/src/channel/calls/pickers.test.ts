// A call that is repeated goes to another server, where there is one.
import { expect, it } from "vitest";
import type { Pick, PickedCall, Picker } from "../../balancer/balancer.js";
import { pickElsewhere } from "./pickers.js";

const call = { path: "/s/m", metadata: undefined } as PickedCall;
const use = (host: string): Pick =>
  ({ kind: "use", subchannel: { address: { kind: "tcp", host, port: 1 } } }) as Pick;
const wait: Pick = { kind: "wait", why: "a connection" };

function pickerOf(...picks: Pick[]): Picker & { asked: number } {
  return {
    asked: 0,
    pick(): Pick {
      return picks[this.asked++ % picks.length]!;
    },
  };
}

it.each<[string, Pick[], Pick, number]>([
  ["the first pick is another one", [use("b"), use("a")], use("b"), 1],
  ["the second pick is another one", [use("a"), use("b")], use("b"), 2],
  ["there is only the same one", [use("a")], use("a"), 3],
  ["else the call would have to wait", [use("a"), wait], use("a"), 2],
])("%s", (_, picks, found, asked) => {
  const picker = pickerOf(...picks);
  expect(pickElsewhere(picker, call, "a:1")).toEqual(found);
  expect(picker.asked).toBe(asked);
});
