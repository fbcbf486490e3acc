#!/bin/sh
# Makes the .deb and .rpm of both programs in build/bin/dist, out of what build/bin has. The same commit gives the same
# bytes. VERSION is another version than the program's, which the test of upgrades wants.
set -eu
cd "$(dirname "$0")/.."
umask 022

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
VERSION=${VERSION:-$(sed -n 's/^const version = "\(.*\)"$/\1/p' main.go)}
OUT=${OUT:-build/bin/dist}
export SOURCE_DATE_EPOCH VERSION
day=$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)
stage=build/bin/stage

# put MODE FROM TO: one file of the package.
put() { install -D -m "$1" "$2" "$root/files/$3"; }

# What both packages have: the program, its man page, its completions, its licences.
fill() {
	root=$stage/$1
	put 755 "build/bin/$1" "usr/bin/$1"
	go run ./build/manual -bin build/bin/belfry-server -name "$1" -date "$day" -out "$stage/manual"
	install -D -m 644 "$stage/manual/$1.1" "$root/$1.1"
	gzip -9n "$root/$1.1"
	put 644 "$stage/manual/$1.bash" "usr/share/bash-completion/completions/$1"
	put 644 "$stage/manual/$1.zsh" "usr/share/zsh/vendor-completions/_$1"
	put 644 "$stage/manual/$1.fish" "usr/share/fish/vendor_completions.d/$1.fish"
	install -D -m 644 build/linux/copyright "$root/doc/copyright"
	install -D -m 644 frontend/src/dashboard/settings/licences.txt "$root/doc/licences.txt"
	put 644 "build/linux/$1.lintian" "usr/share/lintian/overrides/$1"
}

# nfpm keeps the files' own times, which a build of today would change.
pack() {
	find "$stage/$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	for kind in deb rpm; do
		# Built for this machine, and without its flags: it is a tool, not a part of the program.
		GOFLAGS='' go tool -modfile=build/tools/nfpm/go.mod nfpm package -f "build/linux/nfpm-$1.yaml" -p "$kind" -t "$OUT/" >/dev/null
	done
}

window() {
	fill belfry
	put 644 build/linux/belfry.desktop usr/share/applications/belfry.desktop
	put 644 frontend/public/icon.svg usr/share/icons/hicolor/scalable/apps/belfry.svg
	put 644 frontend/public/icon-192.png usr/share/icons/hicolor/192x192/apps/belfry.png
	put 644 frontend/public/icon-512.png usr/share/icons/hicolor/512x512/apps/belfry.png
	sed "s/@VERSION@/$VERSION/; s/@DATE@/$day/" build/linux/belfry.metainfo.xml >"$stage/metainfo"
	put 644 "$stage/metainfo" usr/share/metainfo/io.belfry.belfry.metainfo.xml
	pack belfry
}

server() {
	fill belfry-server
	put 644 build/linux/belfry-server.service usr/lib/systemd/system/belfry-server.service
	put 644 build/linux/firewalld-belfry.xml usr/lib/firewalld/services/belfry.xml
	pack belfry-server
}

# One at a time: the stage is shared.
mkdir -p build/bin
exec 9>build/bin/stage.lock
flock 9
rm -rf "$stage"
mkdir -p "$OUT" "$stage"
cat >"$stage/changelog.yaml" <<END
- semver: $VERSION
  date: ${day}T00:00:00Z
  packager: The Belfry authors <belfry@localhost>
  changes:
    - note: The changes are in CHANGELOG.md of the source.
END
for name in ${*:-window server}; do "$name"; done
rm -rf "$stage"
