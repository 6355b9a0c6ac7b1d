"""Finds the choices of a stream that belong to the answer that is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from provider_sdk.chat_completions._fields import position


class Choice(Protocol):
    """A choice of a chunk."""

    index: Any
    finish_reason: Any
    error: Any

    @property
    def is_empty(self) -> bool:
        """Whether it adds nothing to the answer."""

    @property
    def is_last(self) -> bool:
        """Whether it has a finish reason."""


_C = TypeVar("_C", bound=Choice)
_MAX_HELD = 64


class ChoiceFilter:
    """Drops the choices of all answers but one.

    If several answers come (``n``), each has its own ``index``, and the first one seen is read. Old
    TGI and Foundry Local count tokens or chunks in ``index`` instead, from 1 or from 0: there a
    choice with a later number belongs to the same answer. Both begin alike. So if the call did not
    ask for several answers, a choice with a later number is held back until the next one decides:
    an index that comes again means several answers, and a number that is later still means one.

    Args:
        several: whether the call asked for several answers.
    """

    def __init__(self, several: bool) -> None:
        self._is_index = several
        self._is_counter = False
        self._chosen: int | None = None
        self._plain: int | None = None
        self._last = 0
        self._ended = False
        self._held: list[Any] = []
        self._held_content = False
        self._came_again = False

    def take(self, choices: Sequence[_C]) -> Sequence[_C]:
        """Return the choices of a chunk, and of those held back, that belong to the answer."""
        first = choices[0]
        if first.index == self._plain and first.finish_reason is None and len(choices) == 1:
            return choices
        if len(choices) > 1:
            numbers = [number for c in choices if (number := position(c.index)) is not None]
            self._chosen = min(numbers, default=0) if self._chosen is None else self._chosen
            self._treat_as_index()
        found = [ours for choice in choices for ours in self._belonging(choice)]
        self._ended = self._ended or any(choice.is_last for choice in found)
        # The index with which further choices belong to the answer, whatever comes between.
        self._plain = None if self._held or self._is_counter else self._chosen
        return found

    def rest(self) -> Sequence[Any]:
        """Return what was held back, and at the end of the stream counts as the same answer.

        It does not if a later number came again and had no finish reason: so another answer looks
        that was cut with this one.
        """
        is_cut = self._came_again and not any(choice.is_last for choice in self._held)
        return [] if is_cut else self._released()

    def _belonging(self, choice: _C) -> Sequence[_C]:
        index = position(choice.index)
        if index is None:
            return [choice]
        if self._chosen is None:
            self._chosen = self._last = index
        if self._is_counter and index >= self._last:
            self._last = index
            return [choice]
        if index == self._last == self._chosen:
            return [choice]
        if self._is_index or self._ended or index < self._last:
            self._treat_as_index()
            return [choice] if index == self._chosen else []
        return self._take_later(choice, index)

    def _take_later(self, choice: _C, index: int) -> Sequence[_C]:
        is_later_still = index > self._last
        self._came_again = self._came_again or not is_later_still
        self._last = index
        # If there are several answers, the first chunk of each holds only a role.
        if (
            (is_later_still and (self._held_content or choice.is_last))
            or choice.error
            or len(self._held) >= _MAX_HELD
        ):
            self._is_counter = True
            return [*self._released(), choice]
        self._held.append(choice)
        self._held_content = self._held_content or not choice.is_empty
        return []

    def _released(self) -> list[Any]:
        held, self._held = self._held, []
        return held

    def _treat_as_index(self) -> None:
        self._is_index, self._is_counter = True, False
        self._held.clear()
