#!/bin/bash
# Runs a command and tells how long it took: setup/timed.sh PART COMMAND...
set -u
part=$1
shift
echo "== $part"
TIMEFORMAT="== $part: %R s wall, %U s + %S s processor"
time "$@"
