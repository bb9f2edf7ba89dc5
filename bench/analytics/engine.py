"""Asks an engine what `examples/scale` asked ours, of a table of its own in the same order, and compares row by row.

    python engine.py duckdb|clickhouse STORE ANSWERS FOLDER

STORE is our store, ANSWERS what the example wrote, FOLDER where the engine's own table is or is made. The last line is
JSON: milliseconds of each question and of the processor in all threads (medians of five, warm), bytes of the table, megabytes of memory, and the differences.
"""

import json
import resource
import statistics
import sys
import time
from pathlib import Path

import sql

RUNS = 6
THREADS = 2
CLICKHOUSE_TYPES = {
    "UUID": "UUID", "VARCHAR": "LowCardinality(String)", "BLOB": "LowCardinality(String)", "BOOLEAN": "Bool",
    "UBIGINT": "UInt64", "UINTEGER": "UInt32", "USMALLINT": "UInt16", "SMALLINT": "Int16",
}


def months(store):
    """Our files by month; a file of a whole month is one too."""
    of = {}
    for file in sorted((store / "segments").glob("scans-*.parquet")):
        of.setdefault(file.name[6:12], []).append(str(file))
    return of


def columns(store):
    import duckdb

    file = next((store / "segments").glob("scans-*.parquet"))
    described = duckdb.sql(f"describe select * from read_parquet('{file}')").fetchall()
    return [(name, kind) for name, kind, *_ in described if name != "at"]


class DuckDb:
    words = sql.Duck

    def __init__(self, folder):
        import duckdb

        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "scans.duckdb"
        self.database = duckdb.connect(str(self.file))
        self.database.execute(f"set threads = {THREADS}; set timezone = 'UTC'; set memory_limit = '4GB'")
        self.loaded = bool(self.rows("select 1 from duckdb_tables() where table_name = 'scans'"))

    def load(self, store):
        for number, files in enumerate(months(store).values()):
            names = ", ".join(name for name, _ in columns(store))
            select = f"""select "at"::timestamp as ts, {names} from read_parquet({files}) order by workspace, link, ts"""
            self.database.execute(f"create table scans as {select}" if number == 0 else f"insert into scans {select}")
            print(f"{number + 1} months", file=sys.stderr)
        self.database.execute("checkpoint")

    def labels(self, table, pairs):
        self.database.execute(f"create or replace temp table {table} (link uuid, label varchar)")
        rows = ", ".join(f"('{link}', '{label}')" for link, label in pairs)
        self.database.execute(f"insert into {table} values {rows}")

    def rows(self, query):
        return self.database.execute(query).fetchall()

    def bytes(self):
        return self.file.stat().st_size


class Chdb:
    words = sql.ClickHouse

    def __init__(self, folder):
        from chdb import session

        folder.mkdir(parents=True, exist_ok=True)
        self.session = session.Session(str(folder))
        self.session.query("create database if not exists bench engine = Atomic")
        # Neither results nor what a condition kept are remembered.
        for setting in (f"max_threads = {THREADS}", "use_query_cache = 0", "use_query_condition_cache = 0", "joined_subquery_requires_alias = 0"):
            self.session.query(f"set {setting}")
        self.session.query("use bench")
        self.loaded = bool(self.rows("select count() from system.tables where database = 'bench' and name = 'scans'")[0][0])

    def load(self, store):
        types = [(name, CLICKHOUSE_TYPES[kind]) for name, kind in columns(store)]
        declared = ", ".join(f"{name} {kind}" for name, kind in types)
        self.session.query(
            f"create table scans (ts DateTime64(3, 'UTC') codec(Delta, LZ4), {declared}) engine = MergeTree "
            "partition by toYYYYMM(ts) order by (workspace, link, ts) settings index_granularity = 8192"
        )
        names = ", ".join(name for name, _ in types)
        for number, month in enumerate(months(store)):
            files = store / "segments" / f"scans-{month}*.parquet"
            self.session.query(f"insert into scans (ts, {names}) select at, {names} from file('{files}', Parquet)")
            print(f"{number + 1} months", file=sys.stderr)
        self.session.query("optimize table scans final")

    def labels(self, table, pairs):
        self.session.query(f"drop table if exists {table}")
        self.session.query(f"create table {table} (link UUID, label String) engine = Memory")
        rows = ", ".join(f"('{link}', '{label}')" for link, label in pairs)
        self.session.query(f"insert into {table} values {rows}")

    def rows(self, query):
        return [json.loads(line) for line in str(self.session.query(query, "JSONCompactEachRow")).splitlines()]

    def bytes(self):
        active = "select sum(bytes_on_disk) from system.parts where database = 'bench' and table = 'scans' and active"
        return int(self.rows(active)[0][0])


def memory():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1000


def main():
    kind, store, answers, folder = sys.argv[1], *map(Path, sys.argv[2:5])
    engine = {"duckdb": DuckDb, "clickhouse": Chdb}[kind](folder)
    began = time.monotonic()
    if not engine.loaded:
        engine.load(store)
    loading = time.monotonic() - began
    asked = json.loads(answers.read_text())
    (count,) = engine.rows("select count(*) from scans")[0]
    differences, times, busy = [], [], []
    if int(count) != asked["rows"]:
        differences.append(f"{count} rows instead of {asked['rows']}")
    for question in asked["questions"]:
        queries = []
        for number, ask in enumerate(question["asks"]):
            if "labels" in ask:
                engine.labels(f"labels_{number}", [(link, label) for link, of in ask["labels"].items() for label in of])
            queries.append(sql.query(engine.words, question["population"], ask, f"labels_{number}"))
        took, used = [], []
        for _ in range(RUNS):
            began, before = time.perf_counter(), time.process_time()
            answered = [engine.rows(query) for query in queries]
            took.append((time.perf_counter() - began) * 1e3)
            used.append((time.process_time() - before) * 1e3)
        times.append(statistics.median(took[1:]))
        busy.append(statistics.median(used[1:]))
        for ask, ours, rows, query in zip(question["asks"], question["answers"], answered, queries):
            if not sql.same(ask, ours, rows):
                differences.append(f"{question['name']}: {query}")
                print(f"differs: {question['name']}\n  {query}\n  {str(rows)[:300]}\n  {json.dumps(ours)[:300]}", file=sys.stderr)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    told = {"ms": times, "cpu": busy, "bytes": engine.bytes(), "memory": memory(), "peak": peak, "loading": loading, "differences": differences}
    print(json.dumps(told))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
