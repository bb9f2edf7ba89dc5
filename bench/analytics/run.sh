#!/bin/bash
# Asks ours, DuckDB and ClickHouse's engine the same about as many simulated scans as the argument says, and prints one
# table. Fails if an answer differs. What was written stays in target/bench-analytics (or BENCH_FOLDER) for the next run.
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=$1
all=${BENCH_FOLDER:-target/bench-analytics}
folder=$all/$rows
venv=$all/venv
mkdir -p "$folder"

if ! cmp -s bench/analytics/requirements.txt "$venv/requirements.txt"; then
    echo "installing DuckDB and chDB into $venv" >&2
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check \
        "$(grep '^duckdb==' setup/requirements.txt)" -r bench/analytics/requirements.txt
    cp bench/analytics/requirements.txt "$venv/requirements.txt"
fi

# A store that was not finished is no use.
[ -e "$folder/ours.json" ] || rm -rf "$folder/store"
cargo run --profile "${PROFILE:-bench}" --locked -p analytics --example scale -- \
    "$folder/store" "$rows" 365 "$folder/ours.json" >&2
for engine in duckdb clickhouse; do
    # Its last line tells of differences, which the table shows; only then does the run fail.
    "$venv/bin/python" bench/analytics/engine.py "$engine" \
        "$folder/store" "$folder/ours.json" "$folder/$engine" >"$folder/$engine.json" || true
done
"$venv/bin/python" bench/analytics/table.py "$folder"
