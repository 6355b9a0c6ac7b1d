"""The report as one HTML file that needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, get_args

from provider_conformance._check import Severity
from provider_conformance._text import clean
from provider_conformance._version import __version__
from provider_conformance.contracts import CONTRACT
from provider_conformance.reports._html_checks import failures, groups, link_to, navigation
from provider_conformance.reports._limits import Limit
from provider_conformance.reports._origin import copy_note, service_note
from provider_conformance.reports._result import Report
from provider_conformance.reports._standing import Standing, counted, in_the_way

_MOST_IDS = 12


def html(report: Report, standing: Standing, origin: Mapping[str, Any]) -> str:
    """Return a page of all results: failures first and by cause, then every check by group.

    The same arguments make the same page.

    Args:
        standing: the level to show. That of a scripted run may be proved further by other runs.
        origin: what the run was made from, and its date and versions, as in ``.run.json``.
    """
    return filled(
        "page.html",
        title=_shown(f"Conformance of {report.provider}"),
        provider=_shown(report.provider),
        verdict=report.verdict,
        level=standing.level,
        standing=_shown(str(standing)),
        counts=_counts(report),
        line=_shown(" · ".join(_line(report, origin))),
        next="\n".join(_next(report, standing)),
        navigation=navigation(report.results),
        failures="\n".join(failures(report.results)),
        groups="\n".join(groups(report)),
        invented=_invented(report),
        limits=_limits(report.limits),
        facts="\n".join(_facts(report, origin)),
    )


def filled(template: str, **parts: str) -> str:
    """Return a page with the style of all pages, and these parts, which are HTML."""
    package = files("provider_conformance.reports")
    page, style = ((package / name).read_text("utf-8") for name in (template, "style.css"))
    return Template(page).substitute(parts, style=style)


def _counts(report: Report) -> str:
    counts = (
        f'<li><span class="{status}">{count} {status}</span></li>'
        for status, count in report.counts().items()
    )
    return "".join(counts) or "<li>nothing ran</li>"


def _line(report: Report, origin: Mapping[str, Any]) -> Iterator[str]:
    """Yield when and with which versions the run was made; the end of the page says more."""
    if date := str(origin.get("date") or ""):
        yield date.partition("T")[0]
    yield f"contract {CONTRACT}"
    yield f"kit {__version__}"
    yield copy_note(origin)
    if python := origin.get("python"):
        yield f"Python {python}"
    yield f"mode {report.mode}, seed {report.seed}"


def _next(report: Report, standing: Standing) -> Iterator[str]:
    """Yield why the level is not the next one."""
    if standing.next is None:
        return
    yield f'<section>\n<h2 id="next">Why not {standing.next.level}?</h2>'
    yield "<p>It still takes:</p>"
    yield _list(_shown(_lack(text)) for text in standing.next.lacks)
    if ids := in_the_way(report.results, standing.next):
        yield f"<p>In the way: {_some([link_to(id) for id in ids])}</p>"
    if report.missing:
        yield f"<p>Did not run: {_some([f'<code>{id}</code>' for id in report.missing])}</p>"
    yield "</section>"


def _lack(text: str) -> str:
    """Return what a level lacks, such as ``2 MUST``, in more words."""
    number, _, severity = text.partition(" ")
    if severity not in get_args(Severity):
        return text
    return f"{counted(int(number), 'check')} of severity {severity} to pass"


def _some(items: Sequence[str]) -> str:
    """Return the first of these items, and how many more there are."""
    left = len(items) - _MOST_IDS
    shown = items if left <= 1 else [*items[:_MOST_IDS], f"and {left} more"]
    return ", ".join(shown)


def _invented(report: Report) -> str:
    if not report.wire or not report.wire.invented:
        return ""
    items = _list(_shown(finding) for finding in report.wire.invented)
    return (
        '<section>\n<h2 id="wire">What the real service never sent</h2>\n'
        f"<p>The wire plays it, and no recording has it.</p>\n{items}\n</section>"
    )


def _limits(limits: Sequence[Limit]) -> str:
    if not limits:
        return ""
    title = f"{counted(len(limits), 'limit')} of the protocol"
    items = _list(map(_limit, limits))
    return f'<section>\n<h2 id="limits">{title}</h2>\n{items}\n</section>'


def _limit(limit: Limit) -> str:
    link = _shown(limit.link)
    # A report may have been changed by hand; only an address of the web becomes a link.
    if limit.link.startswith(("https://", "http://")):
        link = f'<a href="{link}" rel="noreferrer">{link}</a>'
    return f"<code>{_shown(limit.trait)}</code>: {_shown(limit.reason)} ({link})"


def _shown(text: str) -> str:
    """Return a text as HTML; versions, limits and findings come from files of others."""
    return escape(clean(text))


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _facts(report: Report, origin: Mapping[str, Any]) -> Iterator[str]:
    """Yield what repeats and dates the run, as far as it is known."""
    facts = {
        "Date": origin.get("date"),
        "Contract": CONTRACT,
        "Kit": __version__,
        "Provider": copy_note(origin),
        "Service": service_note(origin),
        "Wire": report.wire.line if report.wire else "",
        "Python": origin.get("python"),
        "Mode": report.mode,
        "Seed": report.seed,
        "Checks": f"{len(report.results)}, digest {report.digest}",
        "Installed": ", ".join(_versions(origin)),
    }
    for name, fact in facts.items():
        if fact not in (None, ""):
            yield f"<dt>{name}</dt><dd>{_shown(str(fact))}</dd>"


def _versions(origin: Mapping[str, Any]) -> Iterator[str]:
    versions = origin.get("versions")
    if isinstance(versions, Mapping):
        yield from (f"{name} {number or '(missing)'}" for name, number in versions.items())
