#!/bin/sh
set -e
# Debian says "remove" or "upgrade", RPM how many versions stay.
case ${1:-} in
remove | 0)
	if [ -d /run/systemd/system ]; then systemctl disable --now belfry-server.service || true; fi
	;;
esac
