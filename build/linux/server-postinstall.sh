#!/bin/sh
set -e
getent passwd belfry >/dev/null ||
	useradd --system --user-group --no-create-home --home-dir /var/lib/belfry --shell /usr/sbin/nologin belfry
# systemd makes the folder by itself; this is for who starts the server without it.
[ -d /var/lib/belfry ] || install -d -o belfry -g belfry -m 0700 /var/lib/belfry
# It is started by whoever wants it open to the network: systemctl enable --now belfry-server
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
	systemctl try-restart belfry-server.service || true
fi
