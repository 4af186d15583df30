// Replacing settings in use: everybody agrees, or nothing changes.
import { describe, expect, it, vi } from "vitest";
import { ReloadableTls, tlsInForce } from "./reloadable-tls.js";

interface Options {
  readonly a: number;
  readonly b?: number | undefined;
}

const create = (options: Options): { readonly kind: "tls"; readonly made: Options } => {
  if (options.a < 0) throw new Error("a is negative");
  return { kind: "tls", made: options };
};

describe("settings that can be replaced", () => {
  it("are made of the options in force and what changes", () => {
    const reloadable = new ReloadableTls<ReturnType<typeof create>, Options>(
      { a: 1, b: 2 },
      create,
    );
    reloadable.update({ a: 3 });
    expect(tlsInForce(reloadable).made).toEqual({ a: 3, b: 2 });
    reloadable.update({ b: undefined });
    expect(reloadable.current.made).toEqual({ a: 3, b: undefined });
    const fixed = create({ a: 1 });
    expect(tlsInForce(fixed)).toBe(fixed);
  });

  it("stay when they cannot be made, or somebody cannot use them", () => {
    const reloadable = new ReloadableTls<ReturnType<typeof create>, Options>({ a: 1 }, create);
    const commit = vi.fn();
    reloadable.adopt(() => commit);
    const release = reloadable.adopt(({ made }) => {
      if (made.a > 5) throw new Error("too large");
      return undefined;
    });
    expect(() => reloadable.update({ a: -1 })).toThrow("negative");
    expect(() => reloadable.update({ a: 6 })).toThrow("too large");
    expect(reloadable.current.made).toEqual({ a: 1 });
    expect(commit).not.toHaveBeenCalled();
    release();
    reloadable.update({ a: 6 });
    expect([commit.mock.calls.length, reloadable.current.made.a]).toEqual([1, 6]);
  });
});
