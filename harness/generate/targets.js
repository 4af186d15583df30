// Which .proto files become TypeScript, and into which folder.

/**
 * One folder of generated code.
 *
 * `from` is the npm package that ships the files, `debian` the Debian package in this `version`, below `root`;
 * without either they are ours, below `proto/`. The import `without` is left out, and with it the field options of
 * its package: rules for validators, which change nothing on the wire. `cut` is other text that buf cannot read; of
 * `types`, and what they need, code is made, by default of all.
 *
 * `below` is the folder that the files belong in, where the package ships them without the one that their canonical
 * names, those of descriptors, begin with. What is wanted `asIs` is copied: contracts that a package brings along.
 *
 * @typedef {{
 *   into: string, from?: string, debian?: string, version?: string, root?: string, without?: string, cut?: RegExp,
 *   below?: string, files: string[], types?: string[], asIs?: boolean,
 * }} Target
 */

/** In etcd's contract: mappings to HTTP, whose definition is not imported, and `./` in the paths of imports. */
const foreignToBuf =
  /option \(google\.api\.http\) = \{[^{}]*(\{[^{}]*\}[^{}]*)*\};|(?<=import ")\.\//g;

/** @type {readonly Target[]} */
export const targets = [
  {
    into: "packages/core/src/gen",
    from: "google-proto-files",
    root: ".",
    files: ["google/rpc/code.proto", "google/rpc/error_details.proto", "google/rpc/status.proto"],
  },
  {
    into: "packages/core/src/orca/gen",
    from: "@grpc/grpc-js",
    root: "proto/xds",
    without: "validate/validate.proto",
    files: ["xds/data/orca/v3/orca_load_report.proto", "xds/service/orca/v3/orca.proto"],
  },
  {
    into: "packages/core/src/health/gen",
    from: "grpc-health-check",
    root: "proto",
    below: "grpc",
    files: ["health/v1/health.proto"],
  },
  {
    into: "packages/core/src/reflection/gen",
    from: "@grpc/reflection",
    root: "build/proto",
    files: ["grpc/reflection/v1/reflection.proto", "grpc/reflection/v1alpha/reflection.proto"],
  },
  {
    into: "packages/server/src/gen",
    from: "@grpc/grpc-js",
    root: "proto",
    below: "grpc/channelz/v1",
    files: ["channelz.proto"],
  },
  {
    into: "packages/plugins/src/etcd/gen",
    from: "etcd3",
    root: "proto",
    files: ["auth.proto", "kv.proto", "rpc.proto"],
    cut: foreignToBuf,
    types: [
      "etcdserverpb.KV.Range",
      "etcdserverpb.KV.Put",
      "etcdserverpb.Watch",
      "etcdserverpb.Lease.LeaseGrant",
      "etcdserverpb.Lease.LeaseKeepAlive",
      "etcdserverpb.Lease.LeaseRevoke",
      "etcdserverpb.Auth.Authenticate",
    ],
  },
  { into: "packages/plugins/src/authz/gen", files: ["trunkline/auth/v1"] },
  // Shipped as it is, for contracts that import it.
  { into: "packages/plugins/proto", files: ["trunkline/auth/v1"], asIs: true },
  {
    into: "packages/plugins/test/gen",
    files: ["trunkline/auth/v1", "trunkline/examples/notes/v1", "trunkline/test/secrets/v1"],
  },
  {
    into: "packages/plugins/src/binary-log/gen",
    debian: "grpc-proto",
    version: "0.0~git20230110.6956c0e-1",
    root: "usr/share/grpc-proto",
    files: ["grpc/binlog/v1/binarylog.proto"],
  },
  { into: "packages/plugins/test/validate/gen", files: ["trunkline/examples/orders/v1"] },
  { into: "examples/validation/gen", files: ["trunkline/examples/orders/v1"] },
  { into: "packages/server/test/gen", files: ["trunkline/test/v1"] },
  { into: "packages/client/test/gen", files: ["trunkline/test/v1"] },
  { into: "harness/both-ends/src/gen", files: ["trunkline/test/v1"] },
  { into: "examples/hello/gen", files: ["trunkline/examples/hello/v1"] },
  { into: "examples/observability/gen", files: ["trunkline/examples/hello/v1"] },
  { into: "examples/calls/gen", files: ["trunkline/examples/hello/v1"] },
  { into: "examples/operations/gen", files: ["trunkline/examples/hello/v1"] },
  {
    into: "examples/authentication/gen",
    files: ["trunkline/auth/v1", "trunkline/examples/hello/v1", "trunkline/examples/notes/v1"],
  },
  { into: "examples/discovery/gen", files: ["trunkline/examples/hello/v1"] },
  { into: "examples/testing/gen", files: ["trunkline/examples/hello/v1"] },
  {
    into: "examples/user-service/src/gen",
    files: ["trunkline/auth/v1", "trunkline/examples/users/v1", "trunkline/examples/files/v1"],
  },
  {
    into: "harness/etcd/src/gen",
    from: "etcd3",
    root: "proto",
    files: ["auth.proto", "kv.proto", "rpc.proto"],
    cut: foreignToBuf,
    types: ["etcdserverpb.KV", "etcdserverpb.Auth"],
  },
  { into: "harness/interop/src/gen", files: ["trunkline/interop/v1"] },
  {
    into: "harness/otlp/src/otlp/gen",
    from: "@opentelemetry/otlp-grpc-exporter-base",
    root: "build/protos",
    files: [
      "opentelemetry/proto/common/v1/common.proto",
      "opentelemetry/proto/resource/v1/resource.proto",
      ...["trace", "metrics", "logs"].flatMap((signal) => [
        `opentelemetry/proto/${signal}/v1/${signal}.proto`,
        `opentelemetry/proto/collector/${signal}/v1/${signal}_service.proto`,
      ]),
    ],
  },
  {
    into: "harness/interop/src/official/gen",
    debian: "grpc-proto",
    version: "0.0~git20230110.6956c0e-1",
    root: "usr/share/grpc-proto",
    files: ["grpc/testing/empty.proto", "grpc/testing/messages.proto", "grpc/testing/test.proto"],
  },
  { into: "harness/bench/src/gen", files: ["trunkline/bench/v1"] },
  { into: "harness/otlp/src/gen", files: ["trunkline/test/v1"] },
  { into: "harness/semantics/src/gen", files: ["trunkline/test/v1"] },
  { into: "harness/attacks/src/gen", files: ["trunkline/attacks/v1"] },
  { into: "harness/chaos/src/gen", files: ["trunkline/interop/v1"] },
];
