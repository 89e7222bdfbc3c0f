#!/bin/sh
# Prints the path of a helm of the version that the chart is tested with.
exec "$(dirname "$0")/../build-go-tool.sh" helm 3.22.0 helm.sh/helm/v3/cmd/helm 'the tests of the chart'
