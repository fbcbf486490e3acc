#!/bin/sh
# Starts three machines of one room on this computer, prints their addresses, and ends them together. BELFRY is the program, DIR
# where their folders are; PORT and the five behind it are used. Further words are flags of each.
set -eu
: "${BELFRY:?the program}" "${DIR:?where the folders are}" "${PORT:=8200}"
mkdir -p "$DIR"
[ -f "$DIR/key" ] || "$BELFRY" cluster key "$DIR/key"
all="127.0.0.1:$((PORT + 3)),127.0.0.1:$((PORT + 4)),127.0.0.1:$((PORT + 5))"
started=""
stop() {
	trap - EXIT INT TERM
	for pid in $started; do kill "$pid" 2>/dev/null || true; done
	wait
}
trap stop EXIT
trap 'stop; exit 0' INT TERM
for i in 0 1 2; do
	"$BELFRY" -headless -addr "127.0.0.1:$((PORT + i))" -data "$DIR/m$((i + 1))" -cluster-node "m$((i + 1))" -cluster "$all" \
		-cluster-listen "127.0.0.1:$((PORT + 3 + i))" -cluster-key "$DIR/key" "$@" 2>"$DIR/m$((i + 1)).log" &
	started="$started $!"
done
echo "Three machines are looking for each other. What they log is in $DIR."
wait
