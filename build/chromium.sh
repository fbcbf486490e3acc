#!/bin/sh
# Prints where the browser for the page tests is: $CHROMIUM, or the first that is found.
set -eu
for b in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable \
	"/Applications/Chromium.app/Contents/MacOS/Chromium" \
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
	if p=$(command -v "$b" 2>/dev/null); then
		echo "$p"
		exit 0
	fi
done
echo "No Chromium was found. Install it, or set CHROMIUM to its path." >&2
exit 1
