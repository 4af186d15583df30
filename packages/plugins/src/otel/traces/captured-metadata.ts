// Metadata that the application wants to see in spans: only what it has named, for metadata may hold secrets.
import type { Attributes, Span } from "@opentelemetry/api";
import type { Metadata } from "@trunkline/core";

/** Adds `rpc.request.metadata.NAME` or `rpc.response.metadata.NAME` for each of the names that there is. */
export function captureMetadata(
  span: Span,
  which: "request" | "response",
  names: readonly string[],
  metadata: Metadata,
): void {
  if (names.length === 0) return;
  const attributes: Attributes = {};
  for (const name of names) {
    const values = metadata.getAll(name).filter((value) => typeof value === "string");
    if (values.length > 0) attributes[`rpc.${which}.metadata.${name}`] = values;
  }
  span.setAttributes(attributes);
}
