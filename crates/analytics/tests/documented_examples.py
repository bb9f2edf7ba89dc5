"""Runs the examples of docs/DATA.md over a store and compares DuckDB's days with pandas', and both with the rows there are.

    python documented_examples.py DATA.md DIR

DIR holds what `examples/conformance.rs` wrote. Needs the PyPI packages `duckdb`, `pandas` and `pyarrow`. The last line is
"N passed, M failed"; the exit status is 1 if any failed.
"""

import os
import re
import sys
from pathlib import Path

import duckdb


def main():
    page, folder = Path(sys.argv[1]).resolve().read_text(), Path(sys.argv[2]).resolve()
    blocks = re.findall(r"```(sql|python)\n(.*?)```", page, re.S)
    # The examples call the folder `store`.
    work = folder.parent / "documented"
    work.mkdir(exist_ok=True)
    link = work / "store"
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    os.chdir(work)
    passed = failed = 0

    def check(what, holds):
        nonlocal passed, failed
        passed, failed = passed + bool(holds), failed + (not holds)
        if not holds:
            print("WRONG", what)

    answers = []
    for kind, text in blocks:
        if kind == "sql":
            rows = duckdb.sql(text).fetchall()
        else:
            known = {}
            exec(text, known)
            rows = list(known["days"].itertuples())
        check(f"rows of {text.splitlines()[0]}", rows)
        answers.append((kind, rows))
    human = duckdb.sql("select count(*) from read_parquet('store/segments/scans-*.parquet') where verdict = 'human'").fetchall()[0][0]
    by_duckdb = {day.date(): (scans, visitors) for day, scans, visitors in answers[0][1]}
    by_pandas = {row.Index: (row.scans, row.visitors) for row in next(rows for kind, rows in answers if kind == "python")}
    check("days in both", by_duckdb == by_pandas)
    check("the sum of the days", sum(scans for scans, _ in by_duckdb.values()) == human)
    print(f"{passed} passed, {failed} failed")
    sys.exit(bool(failed))


main()
