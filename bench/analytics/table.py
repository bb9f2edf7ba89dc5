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
    print(f"| {rows:,} scans, {ours['days']} days: ms on the clock / of CPU | ours | DuckDB | ClickHouse | CPU to DuckDB | to ClickHouse |")
    print("| --- | --- | --- | --- | --- | --- |")
    for number, question in enumerate(ours["questions"]):
        took = [(question["ms"], question["cpu"]), *((other["ms"][number], other["cpu"][number]) for other in others.values())]
        cells = " | ".join(f"{ms:.1f} / {cpu:.1f}" for ms, cpu in took)
        ratios = " | ".join(f"{took[0][1] / cpu:.2f}" for _, cpu in took[1:])
        print(f"| {question['name']} | {cells} | {ratios} |")
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
