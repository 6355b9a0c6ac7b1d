"""Recomputes the provider matrix from the result files beside it."""

import json
import re
from collections import Counter
from functools import cache

from provider_conformance.checks import GROUPS, all_checks

from ._kit_site import BuiltPage

_GOOD = ("pass", "refused")
_MODE_OF = {"REPLAY": "replay", "LIVE": "live"}


def problems_of(page, folder):
    """Yield what is wrong with a matrix: a number, a cell or a badge without a run behind it.

    Args:
        page: the built page of the matrix.
        folder: where the result files of its runs are.
    """
    providers = [row["Provider"].text.strip() for row in page.table("Provider")]
    yield from _foreign_tables(page)
    for row in page.table("Provider"):
        yield from _problems_of_summary(row, folder)
    groups = page.table("Group")
    if [row["Group"].text for row in groups] != list(GROUPS):
        yield "the groups are not those of the kit"
    for row in groups:
        yield from _strange_columns(row, "Group", providers)
        for name in providers:
            if name in row:
                yield from _problems_of_cell(row["Group"].text, name, row[name], folder)
    for row in page.table("Capability"):
        yield from _strange_columns(row, "Capability", providers)
        for name in providers:
            if name in row:
                yield from _problems_of_ability(row["Capability"].text, name, row[name], folder)


def _foreign_tables(page):
    corners = [rows[0][0].text.strip() for rows in page.tables]
    if corners != ["Provider", "Group", "Capability"]:
        yield f"there are other tables: {corners}"


def _strange_columns(row, corner, providers):
    if list(row) != [corner, *providers]:
        yield f"{row[corner].text}: columns {list(row)}"


def _report(name, folder, mode="mock"):
    stem = name if mode == "mock" else f"{name}.{mode}"
    file = folder / f"{stem}.json"
    return json.loads(file.read_text("utf-8")) if file.is_file() else None


def _problems_of_summary(row, folder):
    name = row["Provider"].text.strip()
    report = _report(name, folder)
    if report is None:
        yield f"{name} has no result file"
        return
    results = report["results"]
    run = json.loads((folder / f"{name}.run.json").read_text("utf-8"))
    good = sum(result["status"] in _GOOD for result in results)
    drivers = Counter(result["driver"] for result in results)
    expected = {
        "Level": report["level"],
        "For the next level": ", ".join((report["next"] or {}).get("lacks", [])),
        "Passed": f"{good} of {len(results)}",
        "Driver": ", ".join(f"{count} {driver}" for driver, count in drivers.most_common()),
        "Run on": run["date"][:10],
    }
    for head, said in expected.items():
        if row[head].text.strip() != said:
            yield f"{name}: {head} is {row[head].text.strip()!r}, and its run says {said!r}"
    badge = folder / f"{name}.svg"
    if not badge.is_file() or f": {report['level']}" not in badge.read_text("utf-8"):
        yield f"{name}: the badge is not that of its run"
    for cell in row.values():
        yield from (f"{name}: {link} is no file" for link in cell.links if not _leads(link, folder))


def _problems_of_cell(group, name, cell, folder):
    report = _report(name, folder, _MODE_OF.get(group, "mock"))
    results = [r for r in report["results"] if f"-{group}-" in r["id"]] if report else []
    text = " ".join(cell.text.split())
    if not results:
        if text != "-" or cell.links:
            yield f"{group} of {name} was not run, and the cell says {text!r}"
        return
    good = sum(result["status"] in _GOOD for result in results)
    numbers = re.search(r"(\d+) of (\d+)", text)
    if not numbers or [int(n) for n in numbers.groups()] != [good, len(results)]:
        yield f"{group} of {name} is {text!r}, and its run says {good} of {len(results)}"
    if cell.links != [f"{name}.html#{group}"] or not _leads(cell.links[0], folder):
        yield f"{group} of {name} leads to {cell.links}"


def _problems_of_ability(word, name, cell, folder):
    report = _report(name, folder)
    declared = word in report["capabilities"]
    wanted = "pass" if declared else "refused"
    needing = {id for id, check in all_checks().items() if word in check.needs}
    used = [r for r in report["results"] if r["id"] in needing]
    proof = sum(result["status"] == wanted for result in used)
    said = "yes" if declared else "no"
    text = " ".join(cell.text.split())
    expected = f"{said}, {proof} passed" if proof else f"{said}, no check"
    if text != expected:
        yield f"{word} of {name} is {text!r}, and its run says {expected!r}"
    if proof and (len(cell.links) != 1 or not _leads(cell.links[0], folder)):
        yield f"{word} of {name} leads to {cell.links}"


def _leads(link, folder):
    """Whether a link leads to a file of the folder, and to an anchor in it."""
    name, _, anchor = link.partition("#")
    file = folder / name
    if not file.is_file():
        return False
    return not anchor or anchor in _anchors(file.read_text("utf-8"))


@cache
def _anchors(html):
    return frozenset(BuiltPage(html).anchors)
