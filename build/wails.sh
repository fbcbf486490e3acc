#!/bin/sh
# Runs the pinned Wails CLI. It writes to a fixed name in the temp folder, so each run is given one of its own.
set -eu
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
TMPDIR=$tmp go tool -modfile=build/tools/go.mod wails "$@" -nocolour
