"""The results of checks as HTML: what failed, by cause, and every check, by group."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from provider_conformance._check import Check
from provider_conformance.checks import all_checks
from provider_conformance.reports._causes import Cause, causes
from provider_conformance.reports._message import parts_of
from provider_conformance.reports._result import Report, Result

_HEADS = {
    "rule": "Rule",
    "why": "Why",
    "expected": "Expected",
    "actual": "What happened",
    "differs": "Difference",
    "wire": "Wire",
    "fix": "Remedy",
    "accepted": "Accepted",
    "deviation": "Deviation",
    "more": "More",
    "run again": "Run again",
}
_AS_SENT = frozenset({"expected", "actual", "differs", "wire", "more", "run again"})
"""Parts that are shown as they are, and not as prose."""

_CODE = re.compile(r"`([^`]+)`")


def link_to(id: str) -> str:
    """Return a link to a check of the page."""
    return f'<a href="#{id}"><code>{id}</code></a>'


def navigation(results: Sequence[Result]) -> str:
    """Return a link for each group, with its counts."""
    items = (
        f'<li><a href="#{group}">{group} <span>{_count(part)}</span></a>{_others(part)}</li>'
        for group, part in _by_group(results).items()
    )
    return f"<ul>{''.join(items)}</ul>"


def failures(results: Sequence[Result]) -> Iterator[str]:
    """Yield every result with a message, by cause, the one to mend first at the beginning."""
    found = causes(results)
    if not found:
        return
    known = all_checks(mode=None)
    yield '<section class="failures">\n<h2 id="failures">What did not pass</h2>'
    for number, cause in enumerate(found, 1):
        first = ", mend this first" if number == 1 < len(found) else ""
        title = f"Cause {number} of {len(found)}{first}: {cause.title} ({cause.count})"
        yield f"<h3>{escape(title)}</h3>"
        yield from (_failure(result, cause, known.get(result.id)) for result in cause.results)
    yield "</section>"


def groups(report: Report) -> Iterator[str]:
    """Yield every check by group: in each first links to what did not pass, then what passed."""
    known = all_checks(mode=None)
    for group, part in _by_group(report.results).items():
        yield f'<section id="{group}">\n<h3>{group} <span>{_count(part)}</span></h3>'
        yield from (_link(result) for result in part if result.message)
        passed = (result for result in part if not result.message)
        yield from (_pass(result, report, known.get(result.id)) for result in passed)
        yield "</section>"


def _by_group(results: Sequence[Result]) -> Mapping[str, Sequence[Result]]:
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.group, []).append(result)
    return found


def _count(results: Sequence[Result]) -> str:
    return f"{sum(result.is_good for result in results)} of {len(results)}"


def _others(results: Sequence[Result]) -> str:
    """Return how many did not pass, by status."""
    counts = Counter(result.status for result in results if not result.is_good)
    items = (f'<span class="{status}">{n} {status}</span>' for status, n in counts.items())
    return "".join(f" {item}" for item in items)


def _failure(result: Result, cause: Cause, check: Check | None) -> str:
    opened = " open" if result.id == cause.example.id else ""
    parts = parts_of(result.message)
    if not parts:
        return _details(result, f"<pre>{escape(result.message)}</pre>", opened)
    if check and parts.get("rule") == check.rule:
        parts = {**parts, "why": check.why}
    return _details(result, _parts(parts), opened)


def _pass(result: Result, report: Report, check: Check | None) -> str:
    if check is None:
        return _details(result, "<p>This version of the kit does not have the check.</p>")
    refused = _refused(check, report) if result.status == "refused" else ""
    return _details(result, refused + _parts({"rule": check.rule, "why": check.why}))


def _refused(check: Check, report: Report) -> str:
    """Return what was tested instead of the rule."""
    lacks = [f"<code>{need}</code>" for need in check.needs if need not in report.capabilities]
    if lacks:
        return f"<p>The provider does not declare {', '.join(lacks)}, and refused the call.</p>"
    return "<p>The provider has another credential rule, and kept what follows from that one.</p>"


def _link(result: Result) -> str:
    return f'<p class="check">{_head(result, link_to(result.id))}</p>'


def _details(result: Result, body: str, opened: str = "") -> str:
    head = _head(result, f"<code>{result.id}</code>")
    # Within what is closed: browsers open it if a link leads there, also without a script.
    return (
        f'<details class="check"{opened}><summary>{head}</summary>'
        f'<div class="body" id="{result.id}">{body}'
        f'<p><a href="#{result.id}">Link to {result.id}</a></p></div></details>'
    )


def _head(result: Result, name: str) -> str:
    return (
        f'<span class="state {result.status}">{result.status}</span> {name} '
        f'<span class="severity">{result.severity}</span> '
        f'<span class="rule">{_prose(result.title)}</span>'
    )


def _parts(parts: Mapping[str, str]) -> str:
    items = (
        f"<dt>{head}</dt><dd>{_shown(name, parts[name])}</dd>" for name, head in _present(parts)
    )
    return f"<dl>{''.join(items)}</dl>"


def _present(parts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((name, head) for name, head in _HEADS.items() if parts.get(name))


def _shown(name: str, text: str) -> str:
    return f"<pre>{escape(text)}</pre>" if name in _AS_SENT else _prose(text)


def _prose(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))
