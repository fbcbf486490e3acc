#!/bin/sh
# Runs the pinned Wails CLI. It writes to a fixed name in the temp folder, so each run is given one of its own; and it
# leaves its bindings executable or not as it happens, which git would show as a change.
set -eu
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"; find frontend/wailsjs -type f -exec chmod 644 {} +' EXIT
trap 'exit 130' INT TERM
TMPDIR=$tmp go tool -modfile=build/tools/go.mod wails "$@" -nocolour
