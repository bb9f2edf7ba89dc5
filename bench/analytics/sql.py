"""The questions of `crates/analytics/examples/scale` as SQL, for engines that differ in a few words."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "crates/analytics/tests"))
from duckdb_conformance import COLUMNS, literal, visitor


class Duck:
    """How DuckDB says it."""

    time = staticmethod("epoch_ms({}::bigint)".format)
    day, weekday, hour = "ts::date", "isodow(ts)", "hour(ts)"
    distinct = "count(distinct visitor) filter (where visitor <> 0)"
    uuid = staticmethod("'{}'::uuid".format)
    milliseconds = staticmethod("epoch_ms({})".format)

    @staticmethod
    def count(condition):
        return f"count(*) filter (where {condition})"


class ClickHouse:
    """How ClickHouse says it."""

    time = staticmethod("fromUnixTimestamp64Milli({}, 'UTC')".format)
    day, weekday, hour = "toDate(ts)", "toDayOfWeek(ts)", "toHour(ts)"
    distinct = "uniqExactIf(visitor, visitor <> 0)"
    uuid = staticmethod("toUUID('{}')".format)
    milliseconds = staticmethod("toUnixTimestamp64Milli({})".format)
    count = staticmethod("countIf({})".format)


def condition(words, population):
    parts = [
        f"workspace = {words.uuid(population['workspace'])}",
        f"ts >= {words.time(population['from'])}",
        f"ts < {words.time(population['to'])}",
        "verdict = 'human'",
    ]
    if population["links"] is not None:
        parts.append(f"link in ({', '.join(map(words.uuid, population['links']))})")
    for f in population["filters"]:
        values = ", ".join(map(literal, f["values"]))
        parts.append(f"{COLUMNS.get(f['dimension'], f['dimension'])} in ({values})")
    return " and ".join(parts)


def counts(words, population, by):
    """Scans, visitors, first, returning. A visitor's number is of one UTC day, so different numbers are visitors per day."""
    rule = visitor(population, by)
    visitors = words.count(rule) if rule.startswith("first_") else words.distinct
    kinds = ", ".join(words.count(f"visit_type = '{kind}'") for kind in ("first", "returning"))
    return f"count(*) as scans, {visitors}, {kinds}"


def query(words, population, ask, table):
    """SQL for one question; `table` is where the labels of links are, if it is about them."""
    where = condition(words, population)
    kind, by = ask["kind"], ask.get("by")
    if kind == "totals":
        first, last = words.milliseconds("min(ts)"), words.milliseconds("max(ts)")
        return f"select {counts(words, population, None)}, {first}, {last} from scans where {where}"
    if kind == "series":
        label = f"{by}, " if by else ""
        return f"select {label}{words.day} as day, {counts(words, population, by)} from scans where {where} group by {label}day"
    if kind == "places":
        place = "city, country, latitude, longitude"
        return (
            f"select {place}, {counts(words, population, 'city')} from scans where {where} and (latitude <> 0 or longitude <> 0) "
            f"group by {place} order by scans desc, {place} limit {ask['limit']}"
        )
    if kind == "page":
        at = words.milliseconds("ts")
        return f"select {at}, id from scans where {where} order by ts desc limit {ask['limit']}"
    if kind == "one":
        # Whoever knows that the id is a UUIDv7 knows its instant.
        at = int(ask["id"].replace("-", "")[:12], 16)
        workspace = words.uuid(population["workspace"])
        return f"select city from scans where workspace = {workspace} and ts = {words.time(at)} and id = {words.uuid(ask['id'])}"
    if by == "week_hour":
        group = f"{words.weekday}, {words.hour}"
        return f"select {group}, {counts(words, population, by)} from scans where {where} group by {group}"
    source, label, within = "scans", COLUMNS.get(by, by), "''"
    if by in ("tag", "folder"):
        source, label = f"scans left join {table} using (link)", "label"
    if by in ("city", "region"):
        within = "country"
    groups = label if within == "''" else f"{label}, {within}"
    return (
        f"select {label}, {within}, {counts(words, population, by)}, count(*) over () from {source} where {where} "
        f"group by {groups} order by scans desc, {groups} limit {ask['limit']}"
    )


def same(ask, ours, rows):
    """Whether an engine's rows say what our answer says."""
    kind = ask["kind"]
    numbers = lambda values: [int(value) for value in values]
    text = lambda value: "" if value is None else str(value)
    if kind == "totals":
        ((*told, first, last),) = rows
        # Of no scans there is no first, whatever an engine says.
        times = [int(first), int(last)] if int(told[0]) else [None, None]
        return [ours["counts"], ours["first_at"], ours["last_at"]] == [numbers(told), *times]
    if kind == "page":
        newest = sorted(((int(at), str(id)) for at, id in rows), reverse=True)
        return ours == [id for _, id in newest]
    if kind == "one":
        return [[ours]] == [list(row) for row in rows]
    if kind == "places":
        of = lambda row: [[*row[:2], int(row[2]), int(row[3])], numbers(row[4:])]
        return ours["rows"] == [of(row) for row in rows]
    if kind == "series":
        return same_series(ask, ours, rows)
    if ask["by"] == "week_hour":
        told = {f"{int(day)} {int(hour)}": numbers(values) for day, hour, *values in rows}
        return {label: values for (label, _), values in ours["rows"]} == told
    told = [([text(label), within], numbers(values)) for label, within, *values in rows]
    mine = [(label, [*values, ours["groups"]]) for label, values in ours["rows"]]
    if ask["by"] == "link":
        # Engines order ids in their own ways; only ties are concerned.
        key = lambda row: (-row[1][0], row[0])
        lowest = mine[-1][1][0] if mine else 0
        certain = lambda rows: sorted((row for row in rows if row[1][0] > lowest), key=key)
        return len(mine) == len(told) and certain(mine) == certain(told)
    return mine == told


def same_series(ask, ours, rows):
    from datetime import date

    first = ask["edges"][0] // 86_400_000
    lines = {}
    for row in rows:
        *label, day, scans, visitors, new, returning = row
        bucket = (date.fromisoformat(str(day)) - date(1970, 1, 1)).days - first
        line = lines.setdefault(label[0] if label else "", [[0] * 4 for _ in ask["edges"][1:]])
        line[bucket] = [int(scans), int(visitors), int(new), int(returning)]
    if not ask["by"]:
        lines.setdefault("", [[0] * 4 for _ in ask["edges"][1:]])
    order = sorted(lines, key=lambda label: (-sum(cell[0] for cell in lines[label]), label.encode()))
    limit = ask["limit"] or 1
    added = [[sum(cells) for cells in zip([0] * 4, *cell)] for cell in zip(*(lines[label] for label in order[limit:]))]
    told = [[[label, ""], lines[label]] for label in order[:limit]]
    return ours["lines"] == told and ours["other"] == (added or [[0] * 4 for _ in ask["edges"][1:]])
