"""Reads contact cards with vobject and compares each field with what was written.

    cargo run --release -p pages --example vcards -- DIR
    python vcard_decoder.py DIR
"""

import json
import pathlib
import sys

import vobject

directory = pathlib.Path(sys.argv[1])
faults = []
compared = 0


def compare(file, field, expected, found):
    global compared
    compared += 1
    if expected.strip() != found:
        faults.append(f"{file} {field}: wrote {expected!r}, read {found!r}")


for written in json.loads((directory / "cards.json").read_text(encoding="utf-8")):
    file, card = written["file"], written["card"]
    raw = (directory / file).read_bytes()
    for line in raw.removesuffix(b"\r\n").split(b"\r\n"):
        if len(line) > 75 or b"\n" in line or b"\r" in line:
            faults.append(f"{file}: line of {len(line)} octets")
        line.decode("utf-8")  # a character that is cut in two is no UTF-8
    read = vobject.readOne(raw.decode("utf-8"))
    get = lambda key: card.get(key, "")
    compare(file, "version", written["version"], read.version.value)
    # 4.0 is parsed by the same grammar, but vobject leaves its structured values as text.
    if written["version"] == "3.0":
        compare(file, "lastName", get("lastName"), read.n.value.family)
        compare(file, "firstName", get("firstName"), read.n.value.given)
        if "organization" in card:
            compare(file, "organization", get("organization"), read.org.value[0])
        if "city" in card:
            compare(file, "street", get("streetAddress"), read.adr.value.street)
            compare(file, "city", get("city"), read.adr.value.city)
            compare(file, "postalCode", get("postalCode"), read.adr.value.code)
            compare(file, "country", get("country"), read.adr.value.country)
    for key, name in {"email": "email", "phone": "tel", "title": "title"}.items():
        if key in card:
            compare(file, key, card[key], getattr(read, name).value)
    names = [get("firstName"), get("lastName")]
    full = " ".join(part for part in names if part) or get("organization")
    compare(file, "full name", full, read.fn.value)

for fault in faults:
    print(fault)
print(f"{compared} fields of cards read back, {len(faults)} differences")
sys.exit(1 if faults or compared < 30 else 0)
