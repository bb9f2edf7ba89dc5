"""Asks DuckDB what `examples/conformance.rs` asked the store, over the same Parquet files, and compares row by row.

    python duckdb_conformance.py DIR

Needs the PyPI package `duckdb`. The last line is "N passed, M failed"; the exit status is 1 if any answer differs. The
rules of who counts as a visitor are written here from DESIGN §11.7, not from the store's code.
"""

import json
import sys
from pathlib import Path

import duckdb

COLUMNS = {"referrer": "referrer_host", "network": "organisation"}
OF_VISITOR = {
    "country", "region", "city", "device_type", "device_brand", "device_model", "browser", "browser_version", "platform",
    "platform_version", "network", "asn", "timezone",
}
NUMBERS = {"asn", "status", "workflow_version"}
DECODED = "lambda text: url_decode(replace(text, '+', ' '))"


def parameters(part):
    """List of the names (part 1) or values (part 2) of a scan's parameters."""
    pairs = "list_filter(str_split(parameters, '&'), lambda pair: pair <> '')"
    return f"list_transform(list_transform({pairs}, lambda pair: split_part(pair, '=', {part})), {DECODED})"


def labels(dimension):
    """Expression for the list of a scan's values."""
    if dimension == "languages":
        return "list_distinct(str_split(languages, ','))"
    if dimension == "parameter":
        return f"case when parameters = '' then [''] else list_distinct({parameters(1)}) end"
    if dimension.startswith("parameter:"):
        name = literal(dimension.removeprefix("parameter:"))
        return f"[coalesce({parameters(2)}[list_position({parameters(1)}, {name})], '')]"
    if dimension in NUMBERS:
        return f"[case when {dimension} = 0 then '' else {dimension}::varchar end]"
    if dimension == "shared_network":
        return "[case when shared_network then 'yes' else 'no' end]"
    if dimension == "privacy_signal":
        return "[case when header_flags & 1 <> 0 then 'gpc' when header_flags & 2 <> 0 then 'dnt' else '' end]"
    if dimension == "campaign":
        return "[case when campaign::varchar = '00000000-0000-0000-0000-000000000000' then '' else campaign::varchar end]"
    return f"[{COLUMNS.get(dimension, dimension)}::varchar]"


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def one_of(expression, values):
    return f"{expression} in ({', '.join(map(literal, values))})" if values else "false"


def passes(f):
    if f["test"] in ("is", "is_not"):
        fits = one_of("label", f["values"])
    else:
        part = lambda value: f"contains(lower(label), lower({literal(value)}))" if value else "label = ''"
        fits = " or ".join(map(part, f["values"])) or "false"
    some = f"len(list_filter({labels(f['dimension'])}, lambda label: {fits})) > 0"
    return f"(not {some})" if f["test"].endswith("not") else f"({some})"


def condition(population, start, end):
    parts = [
        f"workspace = {literal(population['workspace'])}::uuid",
        f'epoch_ms("at") >= {start}',
        f'epoch_ms("at") < {end}',
        one_of("verdict", population["verdicts"]),
    ]
    if population["links"] is not None:
        parts.append(one_of("link::varchar", population["links"]))
    parts += [passes(f) for f in population["filters"]]
    return " and ".join(parts)


def visitor(population, by):
    """Expression that is true on the rows that stand for a visitor; `firsts` is each visitor's first of a UTC day."""
    links = None if population["links"] is None else set(population["links"])
    verdicts = set(population["verdicts"])
    neutral = OF_VISITOR | {"verdict"}
    bits = True
    for f in population["filters"]:
        if f["dimension"] == "link" and f["test"] == "is":
            links = set(f["values"]) if links is None else links & set(f["values"])
        elif f["dimension"] == "verdict":
            # Only these two tests are asked of it.
            verdicts = verdicts & set(f["values"]) if f["test"] == "is" else verdicts - set(f["values"])
        else:
            bits = bits and f["dimension"] in neutral
    bits = bits and verdicts == {"human"}
    if bits and by == "link":
        return "first_on_link"
    if bits and (by is None or by in neutral):
        if links is None:
            return "first_in_workspace"
        if len(links) == 1:
            return "first_on_link"
    return "visitor <> 0 and firsts = 1"


def counts(database, population, by, start, end, edges=None):
    """{(label, within): {bucket: [scans, visitors, first, returning]}}; of places the label is a list of four. Who came on
    the range's first UTC day before the range is no visitor of it: that day is read from its midnight on."""
    if by == "place":
        # Visitors are counted as in cities.
        by, label = "city", "case when latitude = 0 and longitude = 0 then [] else [city, country, latitude::varchar, longitude::varchar] end"
        within = "''"
    else:
        label = f"unnest({labels(by)})" if by else "''"
        within = "country" if by in ("city", "region") else "''"
    bucket = "0"
    if edges:
        # List positions count from 1; the last edge that is not above the row's time begins its bucket.
        bucket = f'len(list_filter({edges}, lambda edge: edge <= epoch_ms("at"))) - 1'
    rows = database.execute(f"""
        with chosen as (
            select *, row_number() over (
                       partition by label, "within", epoch_ms("at") // 86400000, visitor order by "at", id
                   ) as firsts
            from (
                select *, {label} as label, {within} as "within"
                from scans
                where {condition(population, start - start % 86400000, end)}
            )
        )
        select label, "within", {bucket} as bucket,
               count(*),
               count(*) filter (where {visitor(population, by)}),
               count(*) filter (where visit_type = 'first'),
               count(*) filter (where visit_type = 'returning')
        from chosen
        where epoch_ms("at") >= {start}
        group by all
    """).fetchall()
    groups = {}
    for label, within, bucket, *numbers in rows:
        label = tuple(label) if isinstance(label, list) else label
        groups.setdefault((label, within), {})[bucket] = numbers
    return groups


def added(groups):
    numbers = [numbers for buckets in groups.values() for numbers in buckets.values()]
    return [sum(column) for column in zip(*numbers)] or [0, 0, 0, 0]


def ranked(groups):
    key = lambda group: (-added({group: groups[group]})[0], group[0].encode(), group[1].encode())
    return sorted(groups, key=key)


def answer(database, population, ask):
    start, end = population["from"], population["to"]
    if ask["kind"] == "page":
        rows = database.execute(
            f"select id::varchar from scans where {condition(population, start, end)} "
            f'order by "at" desc, id desc limit {ask["limit"]}'
        ).fetchall()
        return {"ids": [row[0] for row in rows]}
    if ask["kind"] == "totals":
        first, last = database.execute(
            f'select min(epoch_ms("at")), max(epoch_ms("at")) from scans where {condition(population, start, end)}'
        ).fetchone()
        total = added(counts(database, population, None, start, end))
        return {"counts": total, "first_at": first, "last_at": last}
    if ask["kind"] == "breakdown":
        groups = counts(database, population, ask["by"], start, end)
        order = ranked(groups)
        rows = [[list(group), added({group: groups[group]})] for group in order[: ask["limit"]]]
        other = added({group: groups[group] for group in order[ask["limit"] :]})
        total = added(counts(database, population, None, start, end))
        return {"rows": rows, "groups": len(groups), "other": other, "total": total}
    if ask["kind"] == "spans":
        within = "country" if ask["by"] in ("city", "region") else "''"
        rows = database.execute(f"""
            select label, "within", min(epoch_ms("at")), max(epoch_ms("at"))
            from (select *, unnest({labels(ask["by"])}) as label, {within} as "within"
                  from scans where {condition(population, start, end)})
            group by all
        """).fetchall()
        key = lambda row: (row[0].encode(), row[1].encode())
        return {"spans": [[[label, within], first, last] for label, within, first, last in sorted(rows, key=key)]}
    if ask["kind"] == "places":
        groups = counts(database, population, "place", start, end)
        of = {place: added({0: buckets}) for (place, _), buckets in groups.items()}
        unknown = of.pop((), [0, 0, 0, 0])
        key = lambda place: (-of[place][0], place[0].encode(), place[1].encode(), int(place[2]), int(place[3]))
        rows = [[[*place[:2], int(place[2]), int(place[3])], of[place]] for place in sorted(of, key=key)[: ask["limit"]]]
        return {"rows": rows, "unknown": unknown, "total": added(counts(database, population, None, start, end))}
    edges = ask["edges"]
    start, end = max(start, edges[0]), min(end, edges[-1])
    groups = counts(database, population, ask["by"], start, end, edges)
    names, beyond = [("", "")], []
    if ask["by"]:
        order = ranked(groups)
        names, beyond = order[: ask["limit"]], order[ask["limit"] :]
    cell = lambda group, n: groups.get(group, {}).get(n, [0, 0, 0, 0])
    line = lambda group: [cell(group, n) for n in range(len(edges) - 1)]
    lines = [[list(group), line(group)] for group in names]
    other = [[sum(column) for column in zip([0] * 4, *(cell(group, n) for group in beyond))] for n in range(len(edges) - 1)]
    return {"lines": lines, "other": other, "total": added(counts(database, population, None, start, end))}


def main():
    folder = Path(sys.argv[1])
    database = duckdb.connect()
    database.execute("set timezone = 'UTC'")
    database.execute(f"create table scans as from read_parquet({literal(str(folder / 'segments' / 'scans-*.parquet'))})")
    passed = failed = 0
    for number, question in enumerate(json.loads((folder / "questions.json").read_text())):
        expected = answer(database, question["population"], question["ask"])
        if expected == question["answer"]:
            passed += 1
            continue
        failed += 1
        print(f"question {number}: {json.dumps(question['population'])} {json.dumps(question['ask'])[:300]}")
        print(f"  DuckDB: {json.dumps(expected)[:600]}")
        print(f"  store:  {json.dumps(question['answer'])[:600]}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
