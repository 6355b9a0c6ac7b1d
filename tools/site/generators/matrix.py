"""The matrix of providers: a table from the runs of this build, and the files of each run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from provider_conformance import __version__
from provider_conformance.contracts import CONTRACT
from provider_conformance.matrix import Ability, Cell, Column, Run
from provider_sdk import Capability

from tools.site.kit.prose import check_link
from tools.site.kit.runs import columns, files_of
from tools.site.page import Page

_CHECKS = "../conformance/checks/"
_OWN_PACKAGES = "provider-contract-"
_INTRODUCTION = f"""\
# Provider matrix

Which provider keeps the contract, and the run that proves each number.

Contract {CONTRACT}, kit {__version__}. Everything here was computed from the result files of runs
with the code of this build. A cell opens its place in the report of its run.
[The clients that people use today](adapters.md) have a table of their own.
"""
_LEGEND = """\
How many checks passed, of how many. ✓ all passed, ! a SHOULD was not kept or a failure is excused
by a deviation, ✗ a MUST was broken, - not run. *Refused* checks passed too: the provider does not
declare a capability, and refused the call before it sent anything.
"""
_SIGNS = {"passed": "✓", "warned": "!", "red": "✗"}


def pages() -> Iterable[Page]:
    """Yield the matrix, and the report of each run: page, JSON and badge."""
    found = columns()
    yield Page("matrix/index.md", "\n".join([*_lines(found), ""]))
    for column in found:
        for file in files_of(column):
            yield Page(f"matrix/{file.name}", file.read_text("utf-8"))


def _lines(found: Sequence[Column]) -> Iterator[str]:
    yield _INTRODUCTION
    heads = ("Provider", "Level", "For the next level", "Passed", "Driver", "Run on", "Versions")
    yield f"| {' | '.join([*heads, 'Files'])} |"
    yield "|---" * (len(heads) + 1) + "|"
    yield from (_row(column) for column in found)
    yield ""
    yield "[Levels](../conformance/levels.md) says what each takes. *Driver* is [who plays the"
    yield "service](../conformance/running.md#drivers), inside httpx or at a socket. *router* is"
    yield "the router over a chain of two providers, checked as a provider itself."
    yield from ("", "## Groups of checks", "")
    yield _LEGEND
    yield from _groups(found)
    yield from ("", "## Capabilities", "")
    yield "What a provider declares, and how many checks prove it: that they used the capability,"
    yield "or that a provider without it refused the call before it sent anything."
    yield from ("", *_capabilities(found), "", "## Deviations and limits", "", *_notes(found))


def _row(column: Column) -> str:
    run = column.runs["mock"]
    if run.report is None or run.doubts:
        texts = "; ".join(doubt.text for doubt in run.doubts) or "no run"
        return f"| {column.provider} | none | {_plain(texts)} | - | - | - | - | - |"
    report, standing = run.report, column.standing
    good = sum(result.is_good for result in report.results)
    drivers = Counter(result.driver for result in report.results).most_common()
    name = run.file.stem
    cells = (
        f"[{column.provider}]({name}.html)",
        f"![{standing.level}]({name}.svg)",
        ", ".join(standing.next.lacks) if standing.next else "",
        f"[{good} of {len(report.results)}]({name}.html)",
        ", ".join(f"{count} {driver}" for driver, count in drivers),
        run.day,
        "<br>".join(_versions(run)),
        f"[report]({name}.html), [results]({name}.json), [run]({name}.run.json)",
    )
    return f"| {' | '.join(cells)} |"


def _versions(run: Run) -> Iterator[str]:
    for name, version in run.data["versions"].items():
        if name.startswith(_OWN_PACKAGES):
            yield f"{name.removeprefix(_OWN_PACKAGES)} {version}"
    yield f"Python {run.data['python']}"


def _groups(found: Sequence[Column]) -> Iterator[str]:
    yield _heads("Group", found)
    for cells in zip(*(column.cells for column in found), strict=True):
        group = cells[0].group
        row = " | ".join(map(_cell, cells))
        yield f"| [{group}]({_CHECKS}{group.lower()}.md) | {row} |"


def _heads(corner: str, found: Sequence[Column]) -> str:
    names = " | ".join(column.provider for column in found)
    return f"| {corner} | {names} |\n|---" + "|---" * len(found) + "|"


def _cell(cell: Cell) -> str:
    if cell.run is None:
        return "-"
    if cell.run.doubts:
        return cell.run.doubts[0].fault
    notes = [f"{n} {status}" for status, n in cell.counts.items() if status != "pass"]
    text = f"{_SIGNS[cell.state]} {cell.good} of {cell.total}"
    return " ".join([_link(text, cell.run, cell.group), ", ".join(notes)]).rstrip()


def _capabilities(found: Sequence[Column]) -> Iterator[str]:
    yield _heads("Capability", found)
    for word in get_args(Capability):
        row = " | ".join(_ability(column.ability(word)) for column in found)
        yield f"| `{word}` | {row} |"


def _ability(ability: Ability) -> str:
    if ability.state == "doubtful":
        return "-"
    said = "yes" if ability.declared else "no"
    if ability.state == "unproved":
        return f"{said}, no check"
    link = _link(said, ability.run, ability.place)
    if ability.against:
        return f"{link}, {len(ability.against)} not passed"
    return f"{link}, {len(ability.proof)} passed"


def _link(text: str, run: Run, place: str) -> str:
    return f"[{text}]({run.file.stem}.html#{place})"


def _notes(found: Sequence[Column]) -> Iterator[str]:
    yield "A [deviation](../conformance/deviations.md) is a failure that is accepted until a date."
    yield "A [limit](../wires/index.md#limits) is what a protocol cannot say."
    for column in found:
        report = column.runs["mock"].report
        if report is None:
            continue
        deviating = [result for result in report.results if result.status == "deviates"]
        if deviating or report.limits:
            yield from ("", f"### {column.provider}", "")
        for result in deviating:
            link = check_link(result.id, _CHECKS)
            yield f"- Deviates from [{result.id}]({link}): {_plain(result.title)}"
        yield from (f"- Limit `{limit.trait}`: {_plain(limit.reason)}" for limit in report.limits)


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
