"""The report of a run for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ollama_cli.batch.plots import (
    dollars_rows,
    plot,
    seconds_rows,
    short_seconds,
    small_money,
)
from ollama_cli.batch.sight import Sight
from ollama_cli.batch.spread import Spread
from ollama_cli.batch.wording import duration, money
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.pairs import pairs

_LONGEST_NAME = 30
_MOST_NAMES = 12
_MOST_IDS = 10


def report_text(sight: Sight, width: int) -> str:
    """Return the sums, then plots of times, costs and who answered; no line is too long."""
    room = width - 1
    plots = [
        (times_title(sight.latency), seconds_rows(sight.latency)),
        (costs_title(sight.cost), dollars_rows(sight.cost)),
        ("Answered by", counted_rows(sight.report.served_by)),
        ("Failed with", counted_rows(sight.errors)),
    ]
    parts = [pairs(facts(sight), width) + "\n", *(plot(title, rows, room) for title, rows in plots)]
    if sight.failures:
        told = [(name, f"{kind}: {message}") for name, kind, message in failed_rows(sight)]
        parts.append(f"{failures_title(sight)}\n{pairs(told, width)}\n")
    return "\n".join(part for part in parts if part)


def facts(sight: Sight) -> Iterator[tuple[str, str]]:
    """Yield the sums, each with its name."""
    report = sight.report
    yield "run", sight.directory
    yield "answers", sight.out or "standard output"
    yield "asked", " ".join(filter(None, [sight.provider, sight.model]))
    yield "rows", f"{report.rows:,}"
    yield "done", f"{report.done:,}"
    yield "failed", f"{report.failed:,}"
    if report.unknown:
        yield "unknown", f"{report.unknown:,}, sent before a kill and left without an answer"
    left = report.rows - report.done - report.failed - report.unknown
    if left:
        yield "left", f"{left:,}"
    if report.sent_twice:
        yield "sent twice", _ids(list(report.sent_twice))
    yield "tokens", f"{report.tokens:,}"
    yield "cost", money(report.cost_usd)
    yield "time", duration(report.duration_s)


def times_title(spread: Spread) -> str:
    """Return what stands above the plot of times."""
    return f"Seconds to an answer: {_quantiles(spread, short_seconds)}"


def costs_title(spread: Spread) -> str:
    """Return what stands above the plot of costs."""
    return f"Cost of an answer: {_quantiles(spread, small_money)}"


def failures_title(sight: Sight) -> str:
    """Return what stands above the rows that failed."""
    shown = len(sight.failures)
    if shown >= sight.report.failed:
        return "Failed rows"
    return "The first failed row" if shown == 1 else f"The first {shown} failed rows"


def counted_rows(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return names that are safe for a terminal with their numbers, the largest first.

    Names beyond the first dozen are added up.
    """
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [(_short(name), count) for name, count in ordered[:_MOST_NAMES]]
    rest = sum(count for _, count in ordered[_MOST_NAMES:])
    return [*shown, (f"{len(ordered) - _MOST_NAMES} others", rest)] if rest else shown


def failed_rows(sight: Sight) -> Iterator[tuple[str, str, str]]:
    """Yield id, kind of error and message of the rows that failed, each on one line."""
    for result in sight.failures:
        if result.error is not None:
            yield (
                on_one_line(result.id),
                on_one_line(result.error.type),
                on_one_line(result.error.message),
            )


def _quantiles(spread: Spread, shown: Callable[[float], str]) -> str:
    parts = {"half up to": 0.5, "95 % up to": 0.95}
    told = [f"{name} {shown(spread.quantile(share))}" for name, share in parts.items()]
    return ", ".join([*told, f"most {shown(spread.most)}"])


def _ids(ids: Sequence[str]) -> str:
    shown = ", ".join(on_one_line(id) for id in ids[:_MOST_IDS])
    more = len(ids) - _MOST_IDS
    return f"{len(ids):,}: {shown}" + (f" and {more:,} more" if more > 0 else "")


def _short(name: str) -> str:
    text = on_one_line(name)
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
