#!/bin/sh
# Prints the path of a NATS server of the version that the cluster is tested with.
exec "$(dirname "$0")/../build-go-tool.sh" nats-server 2.15.3 github.com/nats-io/nats-server/v2 'the tests of the cluster'
