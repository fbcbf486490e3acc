#!/bin/sh
# Makes frontend/wailsjs, the window's bindings in TypeScript, from the bound methods. With "check" it fails where
# the committed ones are not what the Go code says; they are then written anew, ready to be committed.
set -eu
cd "$(dirname "$0")/.."
here=frontend/wailsjs
keep=$(mktemp -d)
trap 'rm -rf "$keep"' EXIT
mkdir -p "$here"
cp -Rp "$here" "$keep/wailsjs"
build/wails.sh generate module ${TAGS:+-tags "$TAGS"} -v 0
if diff -r "$keep/wailsjs" "$here"; then
	# The old ones stay, with their times: nothing needs to be built again.
	rm -rf "$here"
	mv "$keep/wailsjs" "$here"
elif [ "${1:-}" = check ]; then
	echo "frontend/wailsjs was stale. It is written anew: look at it and commit it." >&2
	exit 1
fi
