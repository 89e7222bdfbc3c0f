#!/bin/sh
# Prints the path of a NATS server of the version that the cluster is tested with. When it is not there yet it is built from its Go
# module, which takes a minute or two, and kept for the next run.
set -eu
version=2.15.3
folder="${XDG_CACHE_HOME:-$HOME/.cache}/afterclick/nats-server-$version"
if [ ! -x "$folder/nats-server" ]; then
  command -v go > /dev/null || {
    echo "the tests of the cluster need nats-server $version: install Go, which builds it, or put it at $folder/nats-server" >&2
    exit 1
  }
  GOBIN="$folder" go install "github.com/nats-io/nats-server/v2@v$version" >&2
fi
echo "$folder/nats-server"
