// What is measured against what: one function a contestant, alone in its process.
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { codecFor, createCodec } from "@trunkline/codec";
import { createProtobufjsUser, createUser, protobufjsType, userType } from "./bench-user.js";

/** Makes the function to call over and over; what it returns is kept alive. */
type Contestant = () => () => unknown;

function decoding(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): () => unknown {
  return () => decode(bytes);
}

function userBytes(): Uint8Array {
  const desc = userType();
  return toBinary(desc, createUser(desc));
}

/** By direction and name; "ours" is compared with each of the others. */
export const contestants: Readonly<Record<"encode" | "decode", Record<string, Contestant>>> = {
  encode: {
    ours: () => {
      const desc = userType();
      const codec = codecFor(desc);
      const user = createUser(desc);
      return () => codec.encode(user);
    },
    "ours-into-buffer": () => {
      const desc = userType();
      const codec = codecFor(desc);
      const user = createUser(desc);
      const target = new Uint8Array(4096);
      return () => codec.encodeInto(user, target, 9, 4096);
    },
    "ours-closures": () => {
      const desc = userType();
      const codec = createCodec(desc, { mode: "closure" });
      const user = createUser(desc);
      return () => codec.encode(user);
    },
    "protobuf-es": () => {
      const desc = userType();
      const user = createUser(desc);
      return () => toBinary(desc, user);
    },
    "protobufjs-long": () => {
      const type = protobufjsType();
      const user = createProtobufjsUser(type, true);
      return () => type.encode(user).finish();
    },
    "protobufjs-number": () => {
      const type = protobufjsType();
      const user = createProtobufjsUser(type, false);
      return () => type.encode(user).finish();
    },
  },
  decode: {
    ours: () => {
      const codec = codecFor(userType());
      return decoding((bytes) => codec.decode(bytes), userBytes());
    },
    "ours-closures": () => {
      const codec = createCodec(userType(), { mode: "closure" });
      return decoding((bytes) => codec.decode(bytes), userBytes());
    },
    "protobuf-es": () => {
      const desc = userType();
      return decoding((bytes) => fromBinary(desc, bytes), userBytes());
    },
    "protobufjs-uint8array": () => {
      const type = protobufjsType();
      return decoding((bytes) => type.decode(bytes), userBytes());
    },
    "protobufjs-buffer": () => {
      const type = protobufjsType();
      return decoding((bytes) => type.decode(bytes), Buffer.from(userBytes()));
    },
  },
};
