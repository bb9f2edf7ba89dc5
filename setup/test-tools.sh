#!/bin/bash
# Installs what only the tests need, where it is missing: Debian's Chromium, zbar-tools, faketime and nginx, and the decoders,
# DuckDB, pandas, schemathesis and the Linkbreakers SDK from PyPI into the virtual environment given as the argument.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v zbarimg >/dev/null || missing+=(zbar-tools)
command -v faketime >/dev/null || missing+=(faketime)
# A user's PATH may lack the folder that Debian puts it in.
PATH=$PATH:/usr/sbin command -v nginx >/dev/null || missing+=(nginx-light)
if [ "${#missing[@]}" -gt 0 ]; then
    if ! command -v apt-get >/dev/null; then
        echo "The tests need ${missing[*]}; install them with your system's package manager." >&2
        exit 1
    fi
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    echo "installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq "${missing[@]}" >/dev/null
fi

if ! cmp -s setup/requirements.txt "$venv/requirements.txt"; then
    echo "installing decoders, DuckDB, pandas, schemathesis, moto and the Linkbreakers SDK into $venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r setup/requirements.txt
    cp setup/requirements.txt "$venv/requirements.txt"
fi
