// The schedule of weighted_round_robin: proportions, evenness, and what happens when weights are not known.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StrideSchedule } from "./stride-schedule.js";

function turns(weights: readonly number[], count: number, random = () => 0): number[] {
  const schedule = new StrideSchedule(weights.length, random);
  schedule.setWeights(weights);
  return Array.from({ length: count }, () => schedule.next());
}

const countOf = (members: readonly number[], member: number): number =>
  members.filter((it) => it === member).length;

describe("StrideSchedule", () => {
  it.each([
    ["equal weights take turns", [5, 5, 5], [0, 1, 2, 0, 1, 2]],
    ["no weights take turns", [0, 0, 0], [0, 1, 2, 0, 1, 2]],
    ["one weight alone counts for nothing", [0, 9, 0], [0, 1, 2, 0, 1, 2]],
    ["half the weight, half the turns", [2, 1], [0, 0, 1, 0, 0, 1]],
    ["an unknown weight is the average of the others", [4, 2, 0], [0, 0, 1, 2, 0, 2]],
  ])("%s", (_, weights, expected) => {
    expect(turns(weights, 6)).toEqual(expected);
  });

  it("gives each its share, to within one turn, and the heaviest never waits a whole round", () => {
    const weightLists = fc.array(fc.double({ min: 1, max: 9, noNaN: true }), {
      minLength: 2,
      maxLength: 12,
    });
    fc.assert(
      fc.property(weightLists, fc.double({ min: 0, max: 0.99, noNaN: true }), (weights, start) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const members = turns(weights, 2000, () => start);
        weights.forEach((weight, i) => {
          expect(Math.abs(countOf(members, i) - (2000 * weight) / total)).toBeLessThan(
            2 + weights.length,
          );
        });
      }),
      { numRuns: 50 },
    );
  });

  it("bounds weights to a hundredth of the mean and ten times the mean", () => {
    const members = turns([1e9, ...new Array(99).fill(1)], 10_900);
    expect(countOf(members, 0)).toBeLessThan(10_500);
    expect(countOf(members, 1)).toBeGreaterThan(0);
  });

  it("is where it was when weights change", () => {
    const schedule = new StrideSchedule(3, () => 0);
    const first = [schedule.next(), schedule.next()];
    schedule.setWeights([0, 0, 0]);
    expect([...first, schedule.next()]).toEqual([0, 1, 2]);
  });
});
