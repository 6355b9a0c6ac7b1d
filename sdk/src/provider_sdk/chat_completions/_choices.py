"""Which choices of a stream belong to the one answer that is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar


class Choice(Protocol):
    """What decides about a choice of a chunk."""

    index: Any
    finish_reason: Any

    @property
    def is_empty(self) -> bool:
        """Whether it adds nothing to the answer."""


_C = TypeVar("_C", bound=Choice)


class ChoiceFilter:
    """Sorts out the choices of other answers.

    Where several answers come (``n``), their indexes repeat, and the first one seen is read. Old
    TGI and Foundry Local count their tokens in ``index`` instead, from 1 or from 0: there each next
    number is the same answer. The two begin alike, so where the call did not ask for several, a
    choice with the next number is held back until the one behind it decides.

    Args:
        several: whether the call asked for several answers.
    """

    def __init__(self, several: bool) -> None:
        self._is_fixed = several
        self._is_counted = False
        self._ours: int | None = None
        self._last = 0
        self._ended = False
        self._held: list[Any] = []

    def take(self, choices: Sequence[_C]) -> Sequence[_C]:
        """Return what of a chunk, and of what was held back, belongs to the answer."""
        if self._is_fixed and len(choices) == 1 and choices[0].index == self._ours:
            return choices
        if len(choices) > 1:
            numbers = [number for c in choices if (number := _number(c.index)) is not None]
            self._ours = min(numbers, default=0) if self._ours is None else self._ours
            self._fix()
        found = [ours for choice in choices for ours in self._of(choice)]
        self._ended = self._ended or any(choice.finish_reason for choice in found)
        return found

    def rest(self) -> Sequence[Any]:
        """Return what was held back, which nothing has shown to be of another answer."""
        held, self._held = self._held, []
        return held

    def _of(self, choice: _C) -> Sequence[_C]:
        index = _number(choice.index)
        if index is None:
            return [choice]
        if self._ours is None:
            self._ours = self._last = index
            return [choice]
        if self._is_counted and index >= self._last:
            self._last = index
            return [choice]
        if self._is_fixed or index != self._last + 1 or self._ended:
            self._fix()
            return [choice] if index == self._ours else []
        return self._next(choice, index)

    def _next(self, choice: _C, index: int) -> Sequence[_C]:
        self._last = index
        # The first chunks of several answers hold a role and nothing else.
        has_spoken = any(not held.is_empty for held in self._held)
        if has_spoken or choice.finish_reason:
            self._is_counted = True
            return [*self.rest(), choice]
        self._held.append(choice)
        return []

    def _fix(self) -> None:
        self._is_fixed, self._is_counted = True, False
        self._held.clear()


def _number(index: object) -> int | None:
    if isinstance(index, str) and index.isdecimal():
        return int(index[:9])
    return index if isinstance(index, int) and not isinstance(index, bool) else None
