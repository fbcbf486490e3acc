#!/bin/sh
# Looks for known weaknesses in what Belfry is made of: "go" by govulncheck, "npm" by npm audit. Where their data cannot
# be reached it says that nothing was checked, and counts it in the last line: a silent pass would be a lie.
set -eu
cd "$(dirname "$0")/.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT
checked=0 skipped=0 found=0

# skip PART WHY counts a part that could not be checked.
skip() {
	skipped=$((skipped + 1))
	echo "SKIP $1: not checked: $2"
}

check_go() {
	status=0
	go tool -modfile=build/tools/go.mod govulncheck ./... >"$out" 2>&1 || status=$?
	if [ "$status" -ne 0 ] && ! grep -q 'Vulnerability #' "$out"; then
		if grep -q -e 'fetching vulnerabilities' -e 'vuln.go.dev' -e 'no such host' -e 'dial tcp' "$out"; then
			skip go "govulncheck's database could not be reached"
		else
			tail -n 3 "$out"
			skip go "govulncheck did not run"
		fi
		return
	fi
	checked=$((checked + 1))
	[ "$status" -eq 0 ] || found=1
	cat "$out"
}

check_npm() {
	status=0
	npm --prefix frontend audit >"$out" 2>&1 || status=$?
	if ! grep -q -e 'vulnerabilit' "$out"; then
		skip npm "npm's list of advisories could not be reached"
		return
	fi
	checked=$((checked + 1))
	[ "$status" -eq 0 ] || found=1
	cat "$out"
}

[ $# -gt 0 ] || set -- usage
for part in "$@"; do
	case $part in
	go) check_go ;;
	npm) check_npm ;;
	*)
		echo "usage: build/audit.sh go|npm …" >&2
		exit 2
		;;
	esac
done
echo "known weaknesses: $checked checked, $skipped not checked"
exit "$found"
