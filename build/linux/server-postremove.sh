#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
# What people have said stays, unless somebody asks Debian to purge it; RPM has no such wish and always keeps it.
if [ "${1:-}" = purge ]; then rm -rf /var/lib/belfry; fi
