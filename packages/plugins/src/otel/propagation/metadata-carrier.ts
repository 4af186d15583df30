// How propagators of OpenTelemetry read and write the metadata of calls.
import type { TextMapGetter, TextMapSetter } from "@opentelemetry/api";
import type { Metadata } from "@trunkline/core";

/** The one binary field that propagators have (gRFC A72); to those of text it is told in base64. */
export const traceBinName = "grpc-trace-bin";

const isOtherBinary = (name: string): boolean => name.endsWith("-bin") && name !== traceBinName;

/** Reads metadata. Binary fields but `grpc-trace-bin` do not exist for propagators. */
export const metadataGetter: TextMapGetter<Metadata | undefined> = {
  keys: (carrier) => [...new Set([...(carrier ?? [])].map(([name]) => name))],
  get(carrier, name) {
    if (carrier === undefined || carrier.size === 0 || isOtherBinary(name)) return undefined;
    const values = carrier.getAll(name).map(toText);
    return values.length > 1 ? values : values[0];
  },
};

/** Writes metadata, in the place of what was there. Values that cannot be sent are left out. */
export const metadataSetter: TextMapSetter<Metadata> = {
  set(carrier, name, value) {
    if (isOtherBinary(name)) return;
    try {
      carrier.set(name, name === traceBinName ? fromBase64(value) : value);
    } catch {
      // A propagator may ask for what is no header; the call matters more than its trace.
    }
  },
};

function toText(value: string | Uint8Array): string {
  return typeof value === "string" ? value : btoa(String.fromCharCode(...value));
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
