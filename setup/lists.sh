#!/bin/sh
# Fetches the public lists of robots and browsers into setup/lists/node_modules, where build.rs reads them.
# Does nothing when they are there already in the versions of package-lock.json.
set -eu
cd "$(dirname "$0")/lists"

if [ -f node_modules/.fetched ] && cmp -s package-lock.json node_modules/.fetched; then
    exit 0
fi
echo "setup: fetching the lists of robots and browsers (1 MB)"
if ! npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null; then
    echo "setup: the lists could not be fetched, and the build needs them." >&2
    echo "setup: Run \`make setup\` again with a network." >&2
    exit 1
fi
cp package-lock.json node_modules/.fetched
