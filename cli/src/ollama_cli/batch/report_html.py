"""The report of a run as one HTML file, which loads nothing and runs no script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ollama_cli.batch.plots import dollars_rows, seconds_rows
from ollama_cli.batch.report_text import (
    costs_title,
    counted_rows,
    facts,
    failed_rows,
    failures_title,
    times_title,
)
from ollama_cli.batch.sight import Sight

_STYLE = """
:root { color-scheme: light dark; --text: #1b1f24; --page: #ffffff; --line: #8c959f;
  --bar: #0a5fc2; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --page: #0d1117; --line: #6e7681; --bar: #6cb0ff; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
  max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0;
  border-bottom: 1px solid var(--line); font-weight: normal; }
thead th { font-weight: bold; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.bar { width: 50%; }
td.bar span { display: block; height: 0.9rem; min-width: 2px; background: var(--bar); }
"""
# A page that is opened from a disk has no headers, so it says by itself that it loads nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def report_html(sight: Sight) -> str:
    """Return the page. Ids, names of models and messages are others' words, and are only shown."""
    title = f"Bulk run: {sight.report.done:,} of {sight.report.rows:,} rows answered"
    body = [
        f"<h1>{escape(title)}</h1>",
        _pairs(facts(sight)),
        _bars(times_title(sight.latency), "seconds", seconds_rows(sight.latency)),
        _bars(costs_title(sight.cost), "cost", dollars_rows(sight.cost)),
        _bars("Answered by", "who", counted_rows(sight.report.served_by)),
        _bars("Failed with", "error", counted_rows(sight.errors)),
        _failures(sight),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in body if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def _pairs(rows: Iterable[tuple[str, str]]) -> str:
    lines = [
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(_shown(value))}</td></tr>'
        for name, value in rows
    ]
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _bars(title: str, what: str, rows: Sequence[tuple[str, int]]) -> str:
    """Return a table whose numbers are drawn beside them; a reader of screens gets the numbers."""
    most = max((count for _, count in rows), default=0)
    if not most:
        return ""
    lines = [
        f'<tr><th scope="row">{escape(_shown(label))}</th><td class="number">{count:,}</td>'
        f'<td class="bar" aria-hidden="true">{_bar(count, most)}</td></tr>'
        for label, count in rows
    ]
    return _table(title, (what, "rows", ""), lines)


def _bar(count: int, most: int) -> str:
    return f'<span style="width: {100 * count / most:.2f}%"></span>' if count else ""


def _failures(sight: Sight) -> str:
    lines = [
        "<tr>" + "".join(f"<td>{escape(_shown(cell))}</td>" for cell in row) + "</tr>"
        for row in failed_rows(sight)
    ]
    return _table(failures_title(sight), ("id", "error", "message"), lines) if lines else ""


def _table(title: str, heads: Sequence[str], lines: Sequence[str]) -> str:
    cells = "".join(
        f'<th scope="col"{_kind(head)}>{escape(head)}</th>'
        if head
        else '<td class="bar" aria-hidden="true"></td>'
        for head in heads
    )
    return (
        f"<h2>{escape(title)}</h2>\n<table>\n<thead><tr>{cells}</tr></thead>\n<tbody>\n"
        + "\n".join(lines)
        + "\n</tbody>\n</table>"
    )


def _kind(head: str) -> str:
    return ' class="number"' if head == "rows" else ""


def _shown(text: str) -> str:
    """Return a text that UTF-8 can hold: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
