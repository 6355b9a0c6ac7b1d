"""Bars of plain text."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping

_WIDEST = 40
_BLOCKS = ("█", "░")
_ASCII = ("#", "-")


def bars(days: Mapping[str, tuple[int, int]]) -> str:
    """Return a bar per day that tells reported from estimated tokens, as wide as there is room.

    Args:
        days: for each day the tokens that were reported, and those that were estimated.
    """
    most = max((sum(tokens) for tokens in days.values()), default=0)
    if not most:
        return ""
    full, light = _BLOCKS if _can_show("".join(_BLOCKS)) else _ASCII
    texts = {day: f"{sum(tokens):,}" for day, tokens in days.items()}
    margin = max(map(len, days)) + max(map(len, texts.values())) + 4
    width = max(min(shutil.get_terminal_size().columns - margin, _WIDEST), 1)
    lines = []
    for day, (reported, estimated) in days.items():
        whole = _length(reported + estimated, most, width)
        solid = whole * reported // (reported + estimated) if whole else 0
        bar = full * solid + light * (whole - solid)
        lines.append(f"{day}  {bar:<{width}}  {texts[day]}".rstrip())
    if any(estimated for _, estimated in days.values()):
        lines.append(f"{full} reported, {light} estimated")
    return "\n" + "".join(f"{line}\n" for line in lines)


def _length(tokens: int, most: int, width: int) -> int:
    """Return the length of a bar; a day with any tokens has one."""
    return max(tokens * width // most, 1) if tokens else 0


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
