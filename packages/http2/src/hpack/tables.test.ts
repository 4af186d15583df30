// Checks the two tables: the facts of RFC 7541 appendix A, and the ring against a plain list.
import fc from "fast-check";
import { expect, test } from "vitest";
import { DynamicTable } from "./dynamic-table.js";
import { lastStaticIndex, staticEntries, staticRange } from "./static-table.js";

test("the static table has 61 entries, equal names together", () => {
  expect(staticEntries.length).toBe(lastStaticIndex);
  expect(staticEntries[0]).toMatchObject({ name: ":authority", value: "", byteLength: 42 });
  expect(staticEntries[7]).toMatchObject({ name: ":status", value: "200" });
  expect(staticEntries[60]).toMatchObject({ name: "www-authenticate", value: "" });
  expect(staticRange(":status")).toEqual({ first: 8, last: 14 });
  expect(staticRange("content-type")).toEqual({ first: 31, last: 31 });
  expect(staticRange("constructor")).toBeUndefined();
  for (const [at, { name }] of staticEntries.entries()) {
    const range = staticRange(name)!;
    expect(at + 1 >= range.first && at + 1 <= range.last, name).toBe(true);
  }
});

test("the ring does what a list does", () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 32, max: 400 }) }),
    fc.record({ resize: fc.nat(4096) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new DynamicTable<{ byteLength: number }>(4096);
      const list: { byteLength: number }[] = [];
      const used = (): number => list.reduce((sum, entry) => sum + entry.byteLength, 0);
      for (const { add, resize } of steps as { add?: number; resize?: number }[]) {
        const need = add ?? 0;
        table.maxBytes = resize ?? table.maxBytes;
        while (list.length > 0 && used() + need > table.maxBytes) list.pop();
        const before = table.version;
        const countBefore = table.count;
        table.makeRoom(need);
        if (table.count !== countBefore) expect(table.version).not.toBe(before);
        if (add !== undefined && table.hasRoom(add)) {
          const entry = { byteLength: add };
          table.add(entry);
          list.unshift(entry);
        }
        expect(table.usedBytes).toBe(used());
        expect(Array.from({ length: table.count }, (_, age) => table.at(age))).toEqual(list);
        expect(table.at(list.length)).toBeUndefined();
      }
    }),
  );
});
