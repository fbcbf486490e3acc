#!/bin/bash
# fuzz.sh [NAME…]: runs every fuzz target of the module, or those named, for FUZZTIME each (30s). What is found is written
# to testdata/fuzz beside the target, to be kept with its correction.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
while IFS=: read -r file target; do
	[ $# = 0 ] || [[ " $* " == *" $target "* ]] || continue
	echo "$target"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" -fuzzminimizetime 2s "./$(dirname "$file")" || failed=1
done < <(git ls-files --cached --others --exclude-standard '*_test.go' | xargs grep -oE '^func Fuzz[A-Za-z0-9_]+' | sed 's/func //' | sort)
exit $failed
