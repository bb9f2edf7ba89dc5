#!/bin/sh
# Fetches the free geo files into a cache outside the tree, once a version, and makes the file of networks.
# Usage: setup/geo.sh COMMAND...
# where `COMMAND... V4.csv V6.csv OUT.asn` makes the file of networks, as `quietzone geo asn` does.
#
# The cache is $QUIETZONE_CACHE, else $XDG_CACHE_HOME/quietzone, else ~/.cache/quietzone; `geo/current` in it
# points to the newest version. Without a network nothing fails: scans then have no place, and a line says so.
set -eu
[ "$#" -gt 0 ] || { echo "usage: setup/geo.sh COMMAND-THAT-MAKES-THE-FILE-OF-NETWORKS..." >&2; exit 2; }
here=$(cd "$(dirname "$0")/geo" && pwd)

if [ -n "${QUIETZONE_CACHE:-}" ]; then cache=$QUIETZONE_CACHE
elif [ -n "${XDG_CACHE_HOME:-}" ]; then cache=$XDG_CACHE_HOME/quietzone
elif [ -n "${HOME:-}" ]; then cache=$HOME/.cache/quietzone
else
    echo "geo: no places until there is a cache folder: set QUIETZONE_CACHE and run \`make setup\` again."
    exit 0
fi
cache=$cache/geo

# Both versions name the folder, so that a newer package-lock.json makes a new one.
version=$(sed -n 's/^ *"@ip-location-db\/[a-z-]*": "\([0-9.]*\)".*/\1/p' "$here/package.json" | paste -s -d - -)
folder=$cache/$version

point() {
    ln -s "$version" "$cache/.current.$$"
    # Not every mv has -T; without it the link is gone for a moment.
    mv -f -T "$cache/.current.$$" "$cache/current" 2>/dev/null || {
        rm -f "$cache/current"
        mv "$cache/.current.$$" "$cache/current"
    }
}

if [ -f "$folder/ATTRIBUTION" ]; then
    [ "$(readlink "$cache/current" 2>/dev/null || :)" = "$version" ] || point
    exit 0
fi

# without REASON: says what is missing and how to add it; that is no failure.
without() {
    if [ -f "$cache/current/ATTRIBUTION" ]; then
        echo "geo: the places of an older version stay in use: $1."
        exit 0
    fi
    echo "geo: no places until the geo files are here: $1."
    echo "geo: everything else works. To add them run \`make setup\` with a network, or set QUIETZONE_GEO_CITY"
    echo "geo: and QUIETZONE_GEO_ASN to files of your own (MaxMind's GeoLite2 works too)."
    exit 0
}

work=$cache/.new.$$
# What a killed run left behind.
find "$cache" -maxdepth 1 -name '.new.*' -mtime +0 -exec rm -rf {} + 2>/dev/null || :
mkdir -p "$work" 2>/dev/null || without "$cache cannot be written"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$work/"
echo "geo: fetching cities and networks of DB-IP and RouteViews (83 MB, once) into $folder"
(cd "$work" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error \
    --fetch-retries=1 --fetch-timeout=60000 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000) >/dev/null 2>"$work/npm.log" ||
    without "npm could not fetch them ($(sed -n 's/^npm error //p' "$work/npm.log" | head -n 1))"

packages=$work/node_modules/@ip-location-db
echo "geo: making the file of networks"
"$@" "$packages/asn/asn-ipv4-num.csv" "$packages/asn/asn-ipv6-num.csv" "$work/networks.asn" ||
    without "the file of networks could not be made ($1)"

mkdir "$work/done"
mv "$packages"/dbip-city-mmdb/*.mmdb "$work/networks.asn" "$work/done/"
# The licences (CC BY 4.0) ask that these lines be shown; their presence also marks the folder as whole.
cat >"$work/done/ATTRIBUTION" <<'END'
IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0
Networks by RouteViews (https://www.routeviews.org) and DB-IP (https://db-ip.com), CC BY 4.0
END
# Another run may have been quicker: then its folder, equally whole, stays.
mv -T "$work/done" "$folder" 2>/dev/null || [ -f "$folder/ATTRIBUTION" ] || mv "$work/done" "$folder"
point
echo "geo: $(du -sh "$folder" | cut -f 1) in $folder"
