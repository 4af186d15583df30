#!/usr/bin/env bash
# Builds the grpc-go peer into the folder given; needs Go, and buf from this workspace. Generated Go code stays out of the tree.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=$1
mkdir -p "$out/bin" "$out/src"
GOBIN="$out/bin" go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
GOBIN="$out/bin" go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2
cp "$here"/*.go "$here"/go.mod "$here"/go.sum "$out/src/"
cat > "$out/buf.gen.yaml" <<YAML
version: v2
managed:
  enabled: true
  override:
    - file_option: go_package_prefix
      value: trunkline.dev/bench/gen
plugins:
  - local: $out/bin/protoc-gen-go
    out: $out/src/gen
    opt: [paths=source_relative]
  - local: $out/bin/protoc-gen-go-grpc
    out: $out/src/gen
    opt: [paths=source_relative]
YAML
"$root/node_modules/.bin/buf" generate "$root/proto" --path "$root/proto/trunkline/bench" --template "$out/buf.gen.yaml"
cd "$out/src"
go build -o "$out/bench" .
