// Parses the order of ListUsers (AIP-132).

/** The fields by which users can be ordered. */
export const orderFields = [
  "id",
  "name",
  "email",
  "age",
  "status",
  "created_at",
  "updated_at",
] as const;
/** A field by which users can be ordered. */
export type OrderField = (typeof orderFields)[number];

/** One step of an order. */
export interface OrderTerm {
  readonly field: OrderField;
  readonly descending: boolean;
}

const maxTerms = 5;

/** An order, or what is wrong with its text. */
export type ParsedOrder = { readonly terms: readonly OrderTerm[] } | { readonly problem: string };

/** Parses such as `name, created_at desc`. What is equal is ordered by id, so every order is total. */
export function parseOrderBy(source: string): ParsedOrder {
  const terms: OrderTerm[] = [];
  if (source.trim() === "") terms.push({ field: "created_at", descending: false });
  else {
    for (const part of source.split(",")) {
      const term = parseTerm(part.trim());
      if ("problem" in term) return term;
      if (terms.some((it) => it.field === term.field)) {
        return { problem: `"${term.field}" is named twice` };
      }
      terms.push(term);
    }
  }
  if (terms.length > maxTerms) {
    return { problem: `has ${terms.length} fields; at most ${maxTerms} are allowed` };
  }
  if (!terms.some((it) => it.field === "id")) terms.push({ field: "id", descending: false });
  return { terms };
}

function parseTerm(text: string): OrderTerm | { readonly problem: string } {
  const [name = "", direction = "asc", ...rest] = text.split(/\s+/);
  const field = orderFields.find((it) => it === name);
  const told = JSON.stringify(text.slice(0, 100));
  if (field === undefined) {
    return { problem: `${told} does not begin with one of ${orderFields.join(", ")}` };
  }
  if (rest.length > 0 || (direction !== "asc" && direction !== "desc")) {
    return { problem: `${told} is not a field with asc, desc or nothing behind it` };
  }
  return { field, descending: direction === "desc" };
}
