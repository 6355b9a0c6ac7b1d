"""The line that shows how far a run is, as wide as there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from provider_sdk.bulk import Progress

from ollama_cli.batch.wording import duration, money, rate

BLOCKS = ("█", "░")
ASCII = ("#", "-")

_LONGEST_BAR = 30
_SHORTEST_BAR = 8
_NARROW = 30
"""On a narrower terminal there is no bar, only figures."""


def bar_line(progress: Progress, width: int, blocks: Sequence[str] = BLOCKS) -> str:
    """Return the line, no longer than ``width``; what has no room is left out, the last first."""
    kept: list[str] = []
    most = width - _SHORTEST_BAR - 1 if width >= _NARROW else width
    for fact in _facts(progress):
        if len(", ".join([*kept, fact])) > most:
            break
        kept.append(fact)
    text = ", ".join(kept)
    room = min(width - len(text) - 1, _LONGEST_BAR)
    if room < _SHORTEST_BAR:
        return text
    return f"{_bar(_share(progress), room, blocks)} {text}"


def _facts(progress: Progress) -> Iterator[str]:
    yield f"{progress.rows - progress.left:,}/{progress.rows:,}"
    if progress.failed:
        yield f"{progress.failed:,} failed"
    if progress.pause > 0:
        yield f"waits {duration(max(progress.pause, 1))}"
    if progress.seconds_left is not None:
        yield f"{duration(progress.seconds_left)} left"
    if progress.rows_per_s:
        yield f"{rate(progress.rows_per_s)} rows/s"
    if progress.cost_usd is not None:
        yield _cost(progress)
    if progress.tokens_per_s:
        yield f"{rate(progress.tokens_per_s)} tokens/s"
    yield f"{progress.concurrency:,} at once"
    yield f"{progress.left:,} to go"


def _cost(progress: Progress) -> str:
    now, whole = progress.cost_usd, progress.projected_cost_usd
    return money(now) if whole is None else f"{money(now)} of about {money(whole)}"


def _share(progress: Progress) -> float:
    return (progress.rows - progress.left) / progress.rows if progress.rows else 1.0


def _bar(share: float, width: int, blocks: Sequence[str]) -> str:
    full = int(width * min(share, 1.0))
    return blocks[0] * full + blocks[1] * (width - full)
