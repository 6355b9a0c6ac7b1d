"""The matrix as one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape

from provider_conformance._version import __version__
from provider_conformance.contracts import CONTRACT
from provider_conformance.matrix._column import Ability, Cell, Column, proving
from provider_conformance.matrix._matrix import ProviderMatrix
from provider_conformance.reports._html import filled
from provider_conformance.reports._standing import counted, limits_note

_SIGNS = {
    "passed": "✓",
    "can": "✓",
    "warned": "!",
    "unproved": "!",
    "red": "✗",
    "broken": "✗",
    "doubtful": "?",
    "not run": "-",
    "cannot": "-",
}


def page(matrix: ProviderMatrix) -> str:
    """Return a page with a cell for each provider and group, and for each capability."""
    number = counted(len(matrix.columns), "provider")
    return filled(
        "matrix.html",
        title="Conformance of all providers",
        state="PASS" if matrix.is_proof else "FAIL",
        verdict="proved" if matrix.is_proof else "not proved",
        facts=escape(f"{number} · contract {CONTRACT} · kit {__version__}"),
        problems=_problems(matrix.columns),
        groups=_table("Groups of checks", matrix, "Group", [*_facts(matrix), *_groups(matrix)]),
        capabilities=_table("Capabilities", matrix, "Capability", _capabilities(matrix)),
        proofs="".join(map(_proof, matrix.capabilities)),
    )


def _problems(columns: Iterable[Column]) -> str:
    found = [f"{column.provider}: {text}" for column in columns for text in column.problems]
    if not found:
        return ""
    items = "".join(f"<li>{escape(text)}</li>" for text in found)
    return f'<h2 id="problems">What is wrong</h2>\n<ul>{items}</ul>'


def _table(label: str, matrix: ProviderMatrix, corner: str, rows: Iterable[str]) -> str:
    heads = "".join(f'<th scope="col">{_provider(c, matrix)}</th>' for c in matrix.columns)
    # It takes the keyboard's focus, so that whoever has no pointer can scroll it sideways.
    return (
        f'<div class="table" role="region" aria-label="{label}" tabindex="0">\n<table>\n'
        f'<thead><tr><th scope="col">{corner}</th>{heads}</tr></thead>\n'
        "<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>\n</div>"
    )


def _row(head: str, cells: Iterable[str]) -> str:
    return f'<tr><th scope="row">{escape(head)}</th>{"".join(cells)}</tr>'


def _provider(column: Column, matrix: ProviderMatrix) -> str:
    return _linked(escape(column.provider), matrix.link(column.runs["mock"]))


def _facts(matrix: ProviderMatrix) -> Iterator[str]:
    """Yield the rows that are not about checks."""
    facts: dict[str, Callable[[Column], str]] = {
        "Level": _level,
        "Reports": lambda column: escape(column.word),
        "Service": _service,
        "Wire": _wire,
        "Limits": _limits,
        "Seed": lambda column: _of_report(column, "seed"),
        "Run on": lambda column: escape(column.runs["mock"].day or "-"),
    }
    for head, said in facts.items():
        yield _row(head, (f"<td>{said(column)}</td>" for column in matrix.columns))


def _level(column: Column) -> str:
    standing = column.standing
    notes = [*standing.beside, *([str(standing.next)] if standing.next else [])]
    small = "".join(f" <small>{escape(note)}</small>" for note in notes)
    return f'<strong class="level-{standing.level}">{standing.level}</strong>{small}'


def _service(column: Column) -> str:
    found = [f"{mode}: {run.service}" for mode, run in column.runs.items() if run.service.hosts]
    return escape("; ".join(found)) or "-"


def _wire(column: Column) -> str:
    report = column.runs["mock"].report
    if not report or not report.wire:
        return "-"
    return escape(report.wire.source if report.wire.exchanges else "unproved")


def _limits(column: Column) -> str:
    report = column.runs["mock"].report
    if not report or not report.limits:
        return "none" if report else "-"
    note = escape("".join(limits_note(len(report.limits))))
    items = "".join(f"<li>{escape(str(limit))}</li>" for limit in report.limits)
    return f"<details><summary>{note}</summary><ul>{items}</ul></details>"


def _of_report(column: Column, name: str) -> str:
    report = column.runs["mock"].report
    return escape(str(getattr(report, name))) if report else "-"


def _groups(matrix: ProviderMatrix) -> Iterator[str]:
    every = [column.cells for column in matrix.columns]
    for cells in zip(*every, strict=True):
        yield _row(
            cells[0].group, (_cell(cell, matrix.link(cell.run, cell.group)) for cell in cells)
        )


def _cell(cell: Cell, link: str | None) -> str:
    counts = f"{cell.good} of {cell.total}"
    if cell.state == "not run":
        return _state(cell.state, "not run", (), link)
    if cell.state == "doubtful":
        assert cell.run is not None
        notes = [counts] if cell.results else []
        return _state(cell.state, cell.run.doubts[0].fault, notes, link)
    notes = [f"{n} {status}" for status, n in cell.counts.items() if status != "pass"]
    return _state(cell.state, counts, notes, link)


def _capabilities(matrix: ProviderMatrix) -> Iterator[str]:
    for word in matrix.capabilities:
        abilities = (column.ability(word) for column in matrix.columns)
        yield _row(word, (_ability(each, matrix.link(each.run, each.place)) for each in abilities))


def _ability(ability: Ability, link: str | None) -> str:
    if ability.state == "doubtful":
        return _state(ability.state, ability.run.doubts[0].fault, (), link)
    said = "yes" if ability.declared else "no"
    notes = [counted(len(ability.proof), "check")] if ability.proof else ["no check"]
    if ability.against:
        notes.append(f"not passed: {', '.join(ability.against)}")
    return _state(ability.state, said, notes, link)


def _state(state: str, said: str, notes: Sequence[str], link: str | None) -> str:
    text = _linked(f'<span aria-hidden="true">{_SIGNS[state]}</span> {escape(said)}', link)
    small = f" <small>{escape(', '.join(notes))}</small>" if notes else ""
    return f'<td class="{state.replace(" ", "-")}">{text}{small}</td>'


def _linked(text: str, link: str | None) -> str:
    return f'<a href="{escape(link)}">{text}</a>' if link else text


def _proof(capability: str) -> str:
    ids = ", ".join(proving(capability)) or "none"
    return f"<li><code>{capability}</code>: {ids}</li>"
