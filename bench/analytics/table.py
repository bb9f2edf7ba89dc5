"""Prints what a run of `run.sh` measured as one table in Markdown; the exit status is 1 if an answer differed.

    python table.py FOLDER
"""

import json
import sys
from pathlib import Path


def main():
    folder = Path(sys.argv[1])
    ours = json.loads((folder / "ours.json").read_text())
    others = {name: json.loads((folder / f"{name}.json").read_text()) for name in ("duckdb", "clickhouse")}
    rows = ours["rows"]
    print(f"| {rows:,} scans, {ours['days']} days, two threads, warm, median of five | ours | DuckDB | ClickHouse | to DuckDB | to ClickHouse |")
    print("| --- | --- | --- | --- | --- | --- |")
    for number, question in enumerate(ours["questions"]):
        own = question["ms"]
        theirs = [other["ms"][number] for other in others.values()]
        ratios = " | ".join(f"{own / their:.2f}" for their in theirs)
        print(f"| {question['name']} | {own:.1f} ms | {theirs[0]:.1f} ms | {theirs[1]:.1f} ms | {ratios} |")
    sizes = [ours["bytes"], *(other["bytes"] for other in others.values())]
    print("| bytes a scan | " + " | ".join(f"{size / rows:.1f}" for size in sizes) + f" | {sizes[0] / sizes[1]:.2f} | {sizes[0] / sizes[2]:.2f} |")
    held = [ours["memory"], *(other["memory"] for other in others.values())]
    print("| memory after it (RssAnon) | " + " | ".join(f"{size:.0f} MB" for size in held) + f" | {held[0] / held[1]:.2f} | {held[0] / held[2]:.2f} |")
    differences = [f"{name}: {what}" for name, other in others.items() for what in other["differences"]]
    asked = sum(len(question["asks"]) for question in ours["questions"])
    print(f"\n{asked} answers compared with each engine, {len(differences)} differ")
    for difference in differences:
        print(difference, file=sys.stderr)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
