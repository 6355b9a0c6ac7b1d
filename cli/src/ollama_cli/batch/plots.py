"""Small plots of plain text."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ollama_cli.batch.spread import Band, Spread
from ollama_cli.chat.screen.cutting import cut
from ollama_cli.terminal.markdown.widths import width_of
from ollama_cli.terminal.pairs import wrapped

_BLOCKS = ("█", "▏▎▍▌▋▊▉")
_ASCII = ("#", "")
_WIDEST_BAR = 60
_LEAST_BAR = 4


def plot(title: str, rows: Sequence[tuple[str, int]], width: int) -> str:
    """Return a bar per row, no line longer than ``width``.

    Args:
        title: what is plotted.
        rows: labels that are safe for a terminal, each with a number.
        width: how many columns there are.
    """
    most = max((count for _, count in rows), default=0)
    if not most:
        return ""
    shown = [(cut(label, width // 2), count) for label, count in rows]
    labels = max(width_of(label) for label, _ in shown)
    counts = max(len(f"{count:,}") for _, count in rows)
    room = max(min(width - labels - counts - 4, _WIDEST_BAR), _LEAST_BAR)
    blocks = _blocks()
    lines = [
        f"{' ' * (labels - width_of(label))}{label}  "
        f"{bar(count / most, room, blocks):<{room}}  {count:>{counts},}"
        for label, count in shown
    ]
    return "".join(f"{line}\n" for line in [*wrapped(title, width), *lines])


def bar(share: float, width: int, blocks: tuple[str, str] = _BLOCKS) -> str:
    """Return a bar for a share from 0 to 1; what is more than nothing is seen."""
    full, parts = blocks
    if not parts:
        return full * (max(round(share * width), 1) if share > 0 else 0)
    eighths = max(round(share * width * 8), 1) if share > 0 else 0
    whole, rest = divmod(eighths, 8)
    return full * whole + (parts[rest - 1] if rest else "")


def seconds_rows(spread: Spread) -> list[tuple[str, int]]:
    """Return the rows of a plot of times."""
    return [(f"up to {_seconds(band)}", band.number) for band in spread.bands()]


def dollars_rows(spread: Spread) -> list[tuple[str, int]]:
    """Return the rows of a plot of costs."""
    return [(f"up to {small_money(band.high)}", band.number) for band in spread.bands()]


def small_money(amount: float) -> str:
    """Return an amount of USD that may be far below a cent."""
    if not amount:
        return "$0"
    digits = f"{amount:.8f}".rstrip("0").rstrip(".")
    return f"${digits}"


def short_seconds(seconds: float) -> str:
    """Return a time that may be milliseconds."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:,.3g} s" if seconds < 1000 else f"{seconds:,.0f} s"


def _seconds(band: Band) -> str:
    return short_seconds(band.high)


def _blocks() -> tuple[str, str]:
    try:
        "".join(_BLOCKS).encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return _ASCII
    return _BLOCKS
