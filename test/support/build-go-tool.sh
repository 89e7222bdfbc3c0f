#!/bin/sh
# `build-go-tool.sh NAME VERSION MODULE WHO`: prints the path of that version of a Go program. When it is not there yet it is built from its
# module, which takes a minute or some, and kept for the next run. WHO needs it.
set -eu
name=$1 version=$2 module=$3 who=$4
folder="${XDG_CACHE_HOME:-$HOME/.cache}/afterclick/$name-$version"
if [ ! -x "$folder/$name" ]; then
  command -v go > /dev/null || {
    echo "$who need $name $version: install Go, which builds it, or put it at $folder/$name" >&2
    exit 1
  }
  GOBIN="$folder" go install "$module@v$version" >&2
fi
echo "$folder/$name"
