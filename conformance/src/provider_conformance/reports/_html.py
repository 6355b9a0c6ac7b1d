"""The report as one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from provider_conformance.reports._causes import Cause, causes
from provider_conformance.reports._limits import Limit
from provider_conformance.reports._origin import origin_note
from provider_conformance.reports._result import Report, Result
from provider_conformance.reports._standing import Standing, limits_note


def html(report: Report, standing: Standing, origin: Mapping[str, Any]) -> str:
    """Return a page of all results, failures first and by cause, that can be filtered.

    Args:
        standing: the level to show. That of a scripted run may be proved further by other runs.
        origin: what the run was made from.
    """
    return filled(
        "page.html",
        title=escape(f"Conformance of {report.provider}"),
        provider=escape(report.provider),
        verdict=report.verdict,
        level=standing.level,
        standing=escape(str(standing)),
        facts=escape(f"{_facts(report)} · {origin_note(origin)}"),
        limits=_limits(report.limits),
        groups=_options(result.group for result in report.results),
        states=_options(result.status for result in report.results),
        bodies="\n".join(_bodies(report.results)),
    )


def filled(template: str, **parts: str) -> str:
    """Return a page with the style of all pages, and these parts, which are HTML."""
    package = files("provider_conformance.reports")
    page, style = ((package / name).read_text("utf-8") for name in (template, "style.css"))
    return Template(page).substitute(parts, style=style)


def _facts(report: Report) -> str:
    counts = ", ".join(f"{count} {status}" for status, count in report.counts().items())
    wire = f" · {report.wire.line}" if report.wire else ""
    return f"{counts} · mode {report.mode} · seed {report.seed} · checks {report.digest}{wire}"


def _limits(limits: Sequence[Limit]) -> str:
    if not limits:
        return ""
    note = escape("".join(limits_note(len(limits))))
    items = "".join(f"<li>{escape(str(limit))}</li>" for limit in limits)
    return f"<details><summary>{note}</summary><ul>{items}</ul></details>"


def _options(values: Iterable[str]) -> str:
    return "".join(f"<option>{escape(value)}</option>" for value in dict.fromkeys(values))


def _bodies(results: Sequence[Result]) -> Iterator[str]:
    """Yield one part of the table per cause, and one for the results without a message."""
    found = causes(results)
    parts = [(_head(number, found), cause.results) for number, cause in enumerate(found, 1)]
    parts.append(("", [result for result in results if not result.message]))
    shown = [result for _, part in parts for result in part]
    # Links from elsewhere lead to a check, or to a group: to its first row, a failure if any.
    first = {result.group: result.id for result in reversed(shown)}
    for head, part in parts:
        rows = (_row(result, first[result.group] == result.id) for result in part)
        yield "\n".join(["<tbody>", *filter(None, [head]), *rows, "</tbody>"])


def _head(number: int, found: Sequence[Cause]) -> str:
    cause = found[number - 1]
    first = ", mend this first" if number == 1 < len(found) else ""
    head = f"Cause {number} of {len(found)}{first}: {cause.title} ({cause.count})"
    return f'<tr><th colspan="4">{escape(head)}</th></tr>'


def _row(result: Result, is_first: bool) -> str:
    title = escape(result.title)
    if result.message:
        title = f"<details><summary>{title}</summary><pre>{escape(result.message)}</pre></details>"
    anchor = f'<span id="{result.group}"></span>' if is_first else ""
    state = f'<span class="{result.status}">{result.status}</span>'
    cells = (f"{anchor}{result.id}", result.severity, state, title)
    columns = "".join(f"<td>{cell}</td>" for cell in cells)
    facts = f'id="{result.id}" data-group="{result.group}" data-state="{result.status}"'
    return f"<tr {facts}>{columns}</tr>"
