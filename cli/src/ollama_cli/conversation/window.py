"""How many tokens a model reads and writes at most, and how many are kept for its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from provider_sdk import ChatOptions, ContextLengthError, estimate_tokens

LEAST = 256
"""A smaller window is a mistake."""

_ANSWER = (1024, 16)
_THINKING = (8192, 8)
# Not a part of a name or of a date.
_NUMBER = re.compile(r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?![\w-])|(?<![\w.,-])\d{3,9}(?![\w-])")


@dataclass(frozen=True, slots=True)
class Window:
    """How many tokens a model reads and writes at most, and who says so.

    Attributes:
        tokens: how many.
        source: ``"service"``, ``"settings"``, or ``"default"`` if nobody does.
    """

    tokens: int
    source: Literal["service", "settings", "default"]


def reserve_of(options: ChatOptions, window: Window) -> int:
    """Return how many tokens are kept for the answer to a call, its thoughts and its tools.

    Without ``max_tokens`` that is 1,024, and 8,192 more for thoughts if ``reasoning_effort`` asks
    for them, but not more than a sixteenth and an eighth of the window.

    Args:
        options: the options of the call.
        window: the window of its model.
    """
    answer = options.get("max_tokens") or 0
    if answer <= 0:
        answer = _share(_ANSWER, window)
        if options.get("reasoning_effort") not in (None, "none"):
            answer += _share(_THINKING, window)
    return answer + estimate_tokens(tools=options.get("tools"))


def _share(most_and_part: tuple[int, int], window: Window) -> int:
    most, part = most_and_part
    return min(most, window.tokens // part)


def names_limit(error: ContextLengthError) -> bool:
    """Whether the service says how many tokens it takes; else ``window_after`` guesses."""
    return bool(_numbers_in(error))


def _numbers_in(error: ContextLengthError) -> list[int]:
    found = {int(text.replace(",", "")) for text in _NUMBER.findall(error.message)}
    return sorted(number for number in found if number >= LEAST)


def window_after(error: ContextLengthError, window: Window, sent: int, reserve: int) -> Window:
    """Return the window to fit a conversation to after a service found it too long.

    It is always small enough that the conversation is compacted. Most services name the number of
    tokens that were sent and the limit; if so, what the estimate was wrong by is made up for.

    Args:
        error: what the service answered.
        window: what was thought to be the window.
        sent: the estimate of what was sent.
        reserve: as for ``fit``.
    """
    numbers = _numbers_in(error)
    tokens = min(window.tokens, sent + reserve) // 2
    if len(numbers) > 1:
        limit, asked = numbers[-2:]
        tokens = int(limit * max(0.5, min(1.0, (sent + reserve) / asked)))
    elif numbers and numbers[0] < window.tokens:
        tokens = numbers[0]
    return Window(max(LEAST, min(tokens, sent)), "service")
