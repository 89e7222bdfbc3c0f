#!/bin/sh
# Prints the path of a helm of the version that the chart is tested with. When it is not there yet it is built from its Go module, which
# takes some minutes, and kept for the next run.
set -eu
version=3.22.0
folder="${XDG_CACHE_HOME:-$HOME/.cache}/afterclick/helm-$version"
if [ ! -x "$folder/helm" ]; then
  command -v go > /dev/null || {
    echo "the test of the chart needs helm $version: install Go, which builds it, or put it at $folder/helm" >&2
    exit 1
  }
  GOBIN="$folder" go install "helm.sh/helm/v3/cmd/helm@v$version" >&2
fi
echo "$folder/helm"
