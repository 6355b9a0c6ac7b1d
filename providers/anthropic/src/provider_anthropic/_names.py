"""Names of Claude models, as the service and gateways spell them.

The same model is ``claude-sonnet-4-20250514``, ``anthropic/claude-sonnet-4``,
``us.anthropic.claude-sonnet-4-20250514-v1:0``, ``claude-sonnet-4@20250514``, ``claude-4-sonnet``
and ``anthropic--claude-4.0-sonnet``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_LONGEST_NAME = 200
_CLAUDE = re.compile(r"claude[-a-z0-9]*")
_SEPARATORS = re.compile(r"[^a-z0-9:\[(]")
_NUMBER = re.compile(r"v?([0-9]{1,2})")
_FAMILIES = frozenset({"opus", "sonnet", "haiku", "fable", "mythos", "instant"})
_FAMILY_AND_NUMBER = re.compile(r"([a-z]{3,})([0-9]{1,2})")


class ModelName(NamedTuple):
    """Which model a name means; ``None`` for what it does not say."""

    family: str | None
    major: int | None
    minor: int | None


def read_name(model: str) -> ModelName | None:
    """Return which Claude a name means, ``None`` if it is another model."""
    found = _CLAUDE.search(_SEPARATORS.sub("-", model[:_LONGEST_NAME].lower()))
    if found is None:
        return None
    words = [part for word in found.group()[len("claude") :].split("-") for part in _parts(word)]
    family = next((word for word in words if word in _FAMILIES), None)
    numbers: list[int] = []
    for word in words:
        number = _NUMBER.fullmatch(word)
        # The second number stands directly after the first: later ones are versions and dates.
        if number is None and numbers:
            break
        if number is not None and not (numbers and word.startswith("v")):
            numbers.append(int(number[1]))
    if numbers and numbers[0] >= 10:
        numbers = [*divmod(numbers[0], 10), *numbers[1:]]  # "claude-opus-41"
    major, minor, *_ = [*numbers, None, None]
    return ModelName(family, major, minor)


def _parts(word: str) -> tuple[str, ...]:
    found = _FAMILY_AND_NUMBER.fullmatch(word)
    return (found[1], found[2]) if found else (word,)
