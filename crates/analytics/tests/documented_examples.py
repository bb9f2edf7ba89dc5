"""Runs the examples of docs/DATA.md over a store and compares DuckDB's days with pandas', and both with our own answer.

    python documented_examples.py DATA.md DIR

DIR holds what `examples/conformance.rs` wrote. Needs the PyPI packages `duckdb`, `pandas` and `pyarrow`. The last line is
"N passed, M failed"; the exit status is 1 if any failed.
"""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import duckdb


def main():
    page, folder = Path(sys.argv[1]).resolve().read_text(), Path(sys.argv[2]).resolve()
    blocks = re.findall(r"```(sql|python)\n(.*?)```", page, re.S)
    # The first question is of one workspace of several: its human scans, whole days.
    question = json.loads((folder / "questions.json").read_text())[0]
    asked = question["population"]
    assert (asked["verdicts"], asked["links"], asked["filters"], question["ask"]) == (["human"], None, [], {"kind": "totals"})
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
        check(f"one workspace in {text.splitlines()[0]}", text.count("WORKSPACE") == 1)
        text = text.replace("WORKSPACE", asked["workspace"])
        if kind == "sql":
            rows = duckdb.sql(text).fetchall()
        else:
            known = {}
            exec(text, known)
            rows = list(known["days"].itertuples())
        check(f"rows of {text.splitlines()[0]}", rows)
        answers.append((kind, rows))
    by_duckdb = {day.date(): (scans, visitors) for day, scans, visitors in answers[0][1]}
    by_pandas = {row.Index: (row.scans, row.visitors) for row in next(rows for kind, rows in answers if kind == "python")}
    check("days in both", by_duckdb == by_pandas)
    sums = [sum(of) for of in zip(*by_duckdb.values())]
    check("the sum of the days", sums == question["answer"]["counts"][:2])
    # A store in which no scan has come to a step.
    without = work / "without"
    shutil.rmtree(without, ignore_errors=True)
    (without / "store/segments").mkdir(parents=True)
    for file in folder.glob("segments/scans-*.parquet"):
        (without / "store/segments" / file.name).symlink_to(file)
    os.chdir(without)
    try:
        duckdb.sql(next(text for _, text in blocks if "traces-" in text).replace("WORKSPACE", asked["workspace"]))
        check("no traces are an error", False)
    except duckdb.IOException as error:
        said = re.search(r"DuckDB says `(.*?)`", page)
        check("what is said without traces", said and said[1] in str(error))
    print(f"{passed} passed, {failed} failed")
    sys.exit(bool(failed))


main()
