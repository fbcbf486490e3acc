#!/bin/sh
# Makes frontend/wailsjs, the window's bindings in TypeScript, from the bound methods. With "check" it fails where
# the committed ones are not what the Go code says; they are then written anew, ready to be committed.
set -eu
cd "$(dirname "$0")/.."
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
[ ! -d frontend/wailsjs ] || cp -R frontend/wailsjs/. "$before"
build/wails.sh generate module ${TAGS:+-tags "$TAGS"}
if [ "${1:-}" = check ] && ! diff -r "$before" frontend/wailsjs; then
	echo "frontend/wailsjs was stale. It is written anew: look at it and commit it." >&2
	exit 1
fi
