// What a filter means: a tree of comparisons whose fields, operators and values fit each other.

/** A filter, understood. */
export type Filter =
  | { readonly kind: "and" | "or"; readonly parts: readonly Filter[] }
  | { readonly kind: "not"; readonly part: Filter }
  | Comparison;

/** How a field is compared; `:` means "contains", "has the role" or "has the key". */
export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":";

/** One comparison: the type says which fields and values it can have. */
export type Comparison =
  | {
      readonly kind: "text";
      readonly field: TextField;
      readonly operator: Operator;
      readonly value: string;
    }
  | {
      readonly kind: "number";
      readonly field: "age" | "status";
      readonly operator: Exclude<Operator, ":">;
      readonly value: number;
    }
  | {
      readonly kind: "time";
      readonly field: "created_at" | "updated_at";
      readonly operator: Exclude<Operator, ":">;
      readonly value: Date;
    }
  | {
      readonly kind: "metadata";
      readonly key: string;
      readonly operator: "=" | "!=" | ":";
      readonly value: string;
    }
  | { readonly kind: "role"; readonly value: string }
  | { readonly kind: "metadataKey"; readonly value: string };

/** The fields that are compared as text. */
export type TextField =
  | "id"
  | "name"
  | "email"
  | "profile.display_name"
  | "profile.bio"
  | "profile.avatar_url"
  | "profile.location";
