// The binary form of a span's context, there and back, and what is no such form.
import { ROOT_CONTEXT, type SpanContext, trace } from "@opentelemetry/api";
import { Metadata } from "@trunkline/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeTraceBin, encodeTraceBin, GrpcTraceBinPropagator } from "./grpc-trace-bin.js";
import { metadataGetter, metadataSetter } from "./metadata-carrier.js";

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length })
    .map((digits) => digits.join(""))
    .filter((text) => /[^0]/.test(text));

const sample: SpanContext = {
  traceId: "404142434445464748494a4b4c4d4e4f",
  spanId: "6162636465666768",
  traceFlags: 1,
};
const bytes = Uint8Array.from(
  Buffer.from("0000404142434445464748494a4b4c4d4e4f0161626364656667680201", "hex"),
);

describe("the bytes", () => {
  it("are those of the OpenCensus specification", () => {
    expect(encodeTraceBin(sample)).toEqual(bytes);
    expect(decodeTraceBin(bytes)).toEqual({ ...sample, isRemote: true });
  });

  it("come back as they went", () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.nat(255), (traceId, spanId, traceFlags) => {
        const span = { traceId, spanId, traceFlags };
        expect(decodeTraceBin(encodeTraceBin(span))).toEqual({ ...span, isRemote: true });
      }),
    );
  });

  it("are nothing when any of the marks or the length is wrong", () => {
    for (const at of [0, 1, 18, 27]) {
      const wrong = bytes.slice();
      wrong[at] = 9;
      expect(decodeTraceBin(wrong)).toBeUndefined();
    }
    expect(decodeTraceBin(bytes.subarray(1))).toBeUndefined();
    expect(decodeTraceBin(new Uint8Array(29))).toBeUndefined();
    expect(decodeTraceBin(encodeTraceBin({ ...sample, traceId: "0".repeat(32) }))).toBeUndefined();
  });

  it("whatever strangers send, nothing is thrown", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (any) => {
        decodeTraceBin(any);
      }),
    );
  });
});

describe("the propagator", () => {
  const propagator = new GrpcTraceBinPropagator();
  const context = trace.setSpanContext(ROOT_CONTEXT, sample);
  const record = {
    getter: {
      keys: (carrier: Record<string, string>) => Object.keys(carrier),
      get: (carrier: Record<string, string>, name: string) => carrier[name],
    },
    setter: {
      set(carrier: Record<string, string>, name: string, value: string) {
        carrier[name] = value;
      },
    },
  };

  it("writes bytes into metadata, and reads them", () => {
    const metadata = new Metadata();
    propagator.inject(context, metadata, metadataSetter);
    expect(metadata.get("grpc-trace-bin")).toEqual(bytes);
    const read = propagator.extract(ROOT_CONTEXT, metadata, metadataGetter);
    expect(trace.getSpanContext(read)).toEqual({ ...sample, isRemote: true });
  });

  it("writes base64 into other carriers, and reads it", () => {
    const carrier: Record<string, string> = {};
    propagator.inject(context, carrier, record.setter);
    expect(carrier).toEqual({ "grpc-trace-bin": Buffer.from(bytes).toString("base64") });
    const read = propagator.extract(ROOT_CONTEXT, carrier, record.getter);
    expect(trace.getSpanContext(read)).toEqual({ ...sample, isRemote: true });
  });

  it("leaves alone what has no span, no field, or nonsense in it", () => {
    const metadata = new Metadata();
    propagator.inject(ROOT_CONTEXT, metadata, metadataSetter);
    expect(metadata.size).toBe(0);
    expect(propagator.extract(ROOT_CONTEXT, metadata, metadataGetter)).toBe(ROOT_CONTEXT);
    const carrier = { "grpc-trace-bin": "***" };
    expect(propagator.extract(ROOT_CONTEXT, carrier, record.getter)).toBe(ROOT_CONTEXT);
    expect(propagator.fields()).toEqual(["grpc-trace-bin"]);
  });
});
