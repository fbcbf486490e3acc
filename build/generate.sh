#!/bin/sh
# Makes frontend/wailsjs, the window's bindings in TypeScript, from the bound methods. With "check" it fails where
# the committed ones are not what the Go code says; they are then written anew, ready to be committed.
set -eu
cd "$(dirname "$0")/.."
keep=$(mktemp -d)
trap 'rm -rf "$keep"' EXIT
mkdir -p frontend/wailsjs
cp -R frontend/wailsjs/. "$keep"
build/wails.sh generate module ${TAGS:+-tags "$TAGS"} -v 0
if [ "${1:-}" = check ] && ! diff -r "$keep" frontend/wailsjs; then
	echo "frontend/wailsjs was out of date and has been written again. Check it and commit it." >&2
	exit 1
fi
