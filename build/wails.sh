#!/bin/sh
# Runs the pinned Wails CLI. It writes to a fixed name in the temp folder, so each run is given one of its own. And it
# writes frontend/wailsjs anew each time, with modes and times that git and make would take for a change.
set -eu
cd "$(dirname "$0")/.."
here=frontend/wailsjs
tmp=$(mktemp -d)
mkdir -p "$here"
cp -Rp "$here" "$tmp/before"

leave() {
	find "$here" -type f -exec chmod 644 {} +
	if diff -r "$tmp/before" "$here" >/dev/null; then
		(cd "$tmp/before" && find . -print) | while read -r f; do touch -r "$tmp/before/$f" "$here/$f"; done
	fi
	rm -rf "$tmp"
}
trap leave EXIT
trap 'exit 130' INT TERM
TMPDIR=$tmp go tool -modfile=build/tools/go.mod wails "$@" -nocolour
