// Answers that are held close the gate; what waits behind it goes on in order, and only as long as it stays open.
import { expect, test } from "vitest";
import { MAX_HELD_BYTES, ResponseGate } from "./response-gate.js";

function waiting(gate: ResponseGate, told: string[], name: string, holds = 0) {
  gate.wait({
    proceed() {
      told.push(name);
      if (holds > 0) gate.hold(holds);
    },
  });
}

test("is open until so much is held", () => {
  const gate = new ResponseGate();
  gate.hold(MAX_HELD_BYTES - 1);
  expect(gate.isClosed).toBe(false);
  gate.hold(1);
  expect(gate.isClosed).toBe(true);
  gate.release(1);
  expect(gate.isClosed).toBe(false);
});

test("lets those who wait through in order, until too much is held again", () => {
  const gate = new ResponseGate();
  const told: string[] = [];
  gate.hold(MAX_HELD_BYTES);
  waiting(gate, told, "small");
  waiting(gate, told, "large", MAX_HELD_BYTES);
  waiting(gate, told, "last");
  gate.release(MAX_HELD_BYTES);
  expect(told).toEqual(["small", "large"]);
  expect(gate.isClosed).toBe(true);
  gate.release(MAX_HELD_BYTES);
  expect(told).toEqual(["small", "large", "last"]);
  expect(gate.isClosed).toBe(false);
});

test("who releases while others are let through does not let them through twice", () => {
  const gate = new ResponseGate();
  const told: string[] = [];
  gate.hold(MAX_HELD_BYTES);
  gate.wait({
    proceed() {
      told.push("first");
      gate.hold(10);
      gate.release(10);
    },
  });
  waiting(gate, told, "second");
  gate.release(MAX_HELD_BYTES);
  expect(told).toEqual(["first", "second"]);
});
