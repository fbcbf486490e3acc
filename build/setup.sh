#!/bin/sh
# This file finds what is missing to build Belfry on this machine, says so, and installs it.
#
#   build/setup.sh server   the server alone: Go and Node, nothing from the system
#   build/setup.sh run      the desktop app too: a C compiler and WebKitGTK (Linux)
#   build/setup.sh test     everything that the tests need: three browsers, a display without a screen, D-Bus, senders to ntfy and Gotify, Prometheus
#   build/setup.sh faults   what cuts several machines off from one another, or takes their power, which only root can: iproute2,
#                           iptables, e2fsprogs, losetup, strace (Linux)
#   build/setup.sh dist     what packages and the tests of packages need: NSIS, lintian, rpmlint, a fresh Debian, containers, Wine (apt only)
#   build/setup.sh container  what builds the container image: buildah (apt only)
#   build/setup.sh proxies  what the tests behind proxies need: a browser, nginx, Caddy, Apache, HAProxy (apt only)
#
# The rules are: nothing is installed unannounced; when all is there it ends at once and in silence; where it cannot
# install, it prints the very command to type and fails.
set -eu

mode=${1:-run}
case $mode in server | run | test | faults | proxies | dist | container) ;; *)
	echo "usage: build/setup.sh server|run|test|faults|proxies|dist|container" >&2
	exit 2
	;;
esac

have() { command -v "$1" >/dev/null 2>&1; }

fail() {
	echo "setup: $*" >&2
	exit 1
}

# at_least HAVE WANT: both "major.minor".
at_least() {
	[ "${1%%.*}" -gt "${2%%.*}" ] || { [ "${1%%.*}" -eq "${2%%.*}" ] && [ "${1#*.}" -ge "${2#*.}" ]; }
}

# Go and Node are not taken from the system: what distributions carry is mostly too old.
check_languages() {
	have go || fail "Go was not found. Install Go 1.26 or newer from https://go.dev/dl/ and put it on PATH."
	v=$(GOTOOLCHAIN=local GOFLAGS= go env GOVERSION | sed -n 's/^go\([0-9]*\.[0-9]*\).*/\1/p')
	at_least "${v:-99.0}" 1.26 || [ "$(go env GOTOOLCHAIN)" != local ] ||
		fail "Go $v is too old. Install Go 1.26 or newer from https://go.dev/dl/"
	have node || fail "Node was not found. Install Node 20.19 or newer from https://nodejs.org/"
	v=$(node -p 'process.versions.node.split(".").slice(0, 2).join(".")')
	at_least "$v" 20.19 || fail "Node $v is too old. Install Node 20.19 or newer from https://nodejs.org/"
	have npm || fail "npm was not found. It comes with Node: https://nodejs.org/"
}

# What is missing, in words of our own; packages() says what each is called.
missing=
need() { missing="$missing $1"; }

check_window() {
	if [ "$os" = Darwin ]; then
		xcode-select -p >/dev/null 2>&1 || fail "The C compiler is missing. Type: xcode-select --install"
		return 0
	fi
	have cc || have gcc || need cc
	have pkg-config || need pkg-config
	pkg-config --exists gtk+-3.0 2>/dev/null || need gtk
	pkg-config --exists webkit2gtk-4.1 2>/dev/null || pkg-config --exists webkit2gtk-4.0 2>/dev/null || need webkit
}

check_tests() {
	have cc || have gcc || need cc
	build/chromium.sh >/dev/null 2>&1 || need chromium
	have certutil || need nss
	have firefox-esr || have firefox || [ "$os" = Darwin ] || need firefox
	[ "$os" = Linux ] || return 0
	check_faults
	# Elsewhere the tests in WebKit and those with Prometheus are skipped, and say so.
	if [ "$(manager)" = apt ]; then
		have WebKitWebDriver || need webdriver
		/usr/bin/python3 -c 'import gi; gi.require_version("WebKit2", "4.1")' 2>/dev/null || need pygobject
		have promtool || need prometheus
		# Programs that send and listen in the ways of ntfy and of Gotify.
		have curl || need curl
		have apprise || need apprise
		/usr/bin/python3 -c 'import requests' 2>/dev/null || need requests
	fi
	have Xvfb || need xvfb
	have xdotool || need xdotool
	have dbus-run-session || need dbus
	for f in /usr/libexec /usr/lib/at-spi2-core /usr/lib; do
		[ ! -x "$f/at-spi-bus-launcher" ] || return 0
	done
	need atspi
}

# Who is not root can cut nothing off: the machines are killed and damaged then, and the test says so.
check_faults() {
	{ [ "$os" = Linux ] && [ "$(id -u)" -eq 0 ]; } || return 0
	have ip || need iproute
	have iptables || need iptables
	have mkfs.ext4 || need mkfs
	have losetup || need losetup
	have strace || need strace
}

# Elsewhere the test skips the proxies that are not there, and names them. They are run by the test alone, never as services.
check_proxies() {
	build/chromium.sh >/dev/null 2>&1 || need chromium
	have openssl || need openssl
	[ "$(manager)" = apt ] || return 0
	for program in nginx caddy apache2 haproxy; do
		have "$program" || [ -x "/usr/sbin/$program" ] || need "$program"
	done
}

# Packages are made and tried on Debian and what comes from it.
check_dist() {
	check_window
	[ "$(manager)" = apt ] || fail "Packages are made on Debian or Ubuntu."
	have makensis || need nsis
	have lintian || need lintian
	have rpmlint || need rpmlint
	have rpm || need rpm
	have appstreamcli || need appstream
	have mmdebstrap || need mmdebstrap
	have man || need man-db
	have cpio || need cpio
	have buildah || need buildah
	have podman || need podman
	have runc || need runc
	have systemd-nspawn || need nspawn
	have Xvfb || need xvfb
	have xdotool || need xdotool
	[ -x /usr/lib/wine/wine64 ] || need wine64
	have x86_64-w64-mingw32-gcc || need mingw
}

# packages MANAGER NAME: what NAME is called there.
packages() {
	case $1:$2 in
	apt:cc) echo "gcc libc6-dev" ;; dnf:cc | pacman:cc) echo gcc ;;
	*:pkg-config) case $1 in dnf) echo pkgconf-pkg-config ;; pacman) echo pkgconf ;; *) echo pkg-config ;; esac ;;
	apt:gtk) echo libgtk-3-dev ;; dnf:gtk) echo gtk3-devel ;; pacman:gtk) echo gtk3 ;;
	apt:webkit) apt_webkit ;; dnf:webkit) echo webkit2gtk4.1-devel ;; pacman:webkit) echo webkit2gtk-4.1 ;;
	apt:chromium) apt_chromium ;; brew:chromium) echo "--cask chromium" ;; *:chromium) echo chromium ;;
	apt:firefox) apt_firefox ;; *:firefox) echo firefox ;;
	apt:webdriver) echo webkit2gtk-driver ;; apt:pygobject) echo python3-gi gir1.2-webkit2-4.1 ;;
	apt:curl | apt:apprise) echo "$2" ;; apt:requests) echo python3-requests ;;
	apt:prometheus) echo prometheus ;;
	apt:iproute | pacman:iproute) echo iproute2 ;; *:iproute | *:iptables | *:strace) echo "$2" ;;
	*:mkfs) echo e2fsprogs ;; apt:losetup) echo "util-linux mount" ;; *:losetup) echo util-linux ;;
	apt:nss) echo libnss3-tools ;; dnf:nss) echo nss-tools ;; *:nss) echo nss ;;
	apt:xvfb) echo xvfb ;; dnf:xvfb) echo xorg-x11-server-Xvfb ;; pacman:xvfb) echo xorg-server-xvfb ;;
	apt:dbus) echo dbus-x11 ;; dnf:dbus) echo dbus-daemon ;; pacman:dbus) echo dbus ;;
	apt:mingw) echo gcc-mingw-w64-x86-64 ;;
	*:atspi) echo at-spi2-core ;;
	*:xdotool) echo xdotool ;;
	apt:nginx) echo nginx-light ;; apt:apache2) echo apache2-bin ;; apt:caddy | apt:haproxy | *:openssl) echo "$2" ;;
	apt:nspawn) echo systemd-container ;;
	apt:podman | apt:runc | apt:rpm | apt:nsis | apt:lintian | apt:rpmlint | apt:appstream | apt:mmdebstrap | apt:man-db | apt:cpio | *:buildah | apt:wine64) echo "$2" ;;
	esac
}

# WebKitGTK 4.1 since Debian 12 and Ubuntu 22.04; what is older has 4.0.
apt_webkit() {
	if apt-cache show libwebkit2gtk-4.1-dev >/dev/null 2>&1; then echo libwebkit2gtk-4.1-dev; else echo libwebkit2gtk-4.0-dev; fi
}

# Debian's name, and Ubuntu's.
apt_chromium() {
	if apt-cache show chromium >/dev/null 2>&1; then echo chromium; else echo chromium-browser; fi
}

# Ubuntu's firefox is a snap, which cannot be driven with a profile of its own where snaps are not set up.
apt_firefox() {
	if apt-cache show firefox-esr >/dev/null 2>&1; then echo firefox-esr; else echo firefox; fi
}

manager() {
	for m in apt-get dnf pacman brew; do
		if have "$m"; then
			echo "${m%-get}"
			return
		fi
	done
}

# Package lists are fetched only where a name is not known yet.
refresh_apt() {
	apt-cache show libgtk-3-dev >/dev/null 2>&1 || { echo "+ $sudo apt-get update" && $sudo apt-get update -qq; }
}

install() {
	m=$(manager)
	[ -n "$m" ] || fail "These are missing:$missing. No apt, dnf, pacman or brew was found. Install them with your system's own tool."
	sudo=
	if [ "$m" != brew ] && [ "$(id -u)" -ne 0 ]; then sudo="sudo"; fi
	if [ "$m" = apt ] && { [ -z "$sudo" ] || have sudo; }; then refresh_apt; fi
	names=
	for item in $missing; do names="$names $(packages "$m" "$item")"; done
	names=${names# }
	case $m in
	apt) cmd="apt-get install -y --no-install-recommends $names" ;;
	dnf) cmd="dnf install -y $names" ;;
	pacman) cmd="pacman -S --needed --noconfirm $names" ;;
	brew) cmd="brew install $names" ;;
	esac
	if [ -n "$sudo" ] && ! have sudo; then
		fail "These packages are missing: $names. As root, type: $cmd"
	fi
	# A password can be asked for only where somebody sits.
	if [ -n "$sudo" ] && ! sudo -n true 2>/dev/null && [ ! -t 0 ]; then
		fail "These packages are missing: $names. Type: sudo $cmd"
	fi
	echo "setup: installing $names"
	echo "+ $sudo${sudo:+ }$cmd"
	export DEBIAN_FRONTEND=noninteractive
	if [ "$m" = apt ]; then
		apt_install
		no_service
	else
		$sudo $cmd || fail "That did not work. Type: $sudo $cmd"
	fi
}

# Debian starts Prometheus as a service on all networks. Tests run it by themselves.
no_service() {
	case "$missing" in *" prometheus"*)
		[ ! -d /run/systemd/system ] || { echo "+ $sudo systemctl disable --now prometheus" && $sudo systemctl disable --now prometheus; }
		;;
	esac
}

# A list that is known but old names packages that are gone: then fetch it and try once more.
apt_install() {
	run="env DEBIAN_FRONTEND=noninteractive $cmd"
	$sudo $run -qq >"$log" 2>&1 && return
	echo "+ $sudo apt-get update"
	$sudo apt-get update -qq && $sudo $run -qq >"$log" 2>&1 && return
	cat "$log" >&2
	fail "That did not work. Type: $sudo $cmd"
}

cd "$(dirname "$0")/.."
os=$(uname -s)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

check_languages
case $mode in
run) check_window ;;
test)
	check_window
	check_tests
	;;
faults) check_faults ;;
proxies) check_proxies ;;
dist) check_dist ;;
container) have buildah || need buildah ;;
esac
[ -z "$missing" ] || install
