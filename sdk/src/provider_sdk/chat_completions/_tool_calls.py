"""Which call a streamed fragment belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provider_sdk._responses import ToolCallDelta
from provider_sdk.decoding import arguments_text, call_id


@dataclass(slots=True)
class _Started:
    index: int
    id: str = ""
    has_arguments: bool = False


class ToolCallTracker:
    """Numbers the calls of one answer.

    Normally the ``index`` of a fragment decides. Some servers leave it out, or give every call
    index 0 and only different ids, or send whole calls without index and id.
    """

    def __init__(self) -> None:
        self._by_wire_index: dict[int | str | None, _Started] = {}
        self._last: _Started | None = None
        self._count = 0

    def place(self, fragment: Mapping[str, Any], answer_id: object) -> ToolCallDelta:
        """Return the fragment with the position of its call."""
        function = fragment.get("function")
        if not isinstance(function, Mapping):
            function = {}
        name = function.get("name")
        name = name if isinstance(name, str) and name else None
        arguments = arguments_text(function.get("arguments"))
        raw_id = fragment.get("id")
        wire_id = "" if raw_id is None else str(raw_id)
        index = fragment.get("index")
        wire_index = index if isinstance(index, int | str) else None
        call = self._known(wire_index, wire_id, named=name is not None)
        first = call is None
        if call is None:
            call = self._start(wire_index, wire_id)
        call.has_arguments = call.has_arguments or bool(arguments)
        delta_id = call_id(wire_id, call.index, answer_id) if first else wire_id or None
        return ToolCallDelta(call.index, delta_id, name, arguments)

    def _known(self, wire_index: int | str | None, wire_id: str, *, named: bool) -> _Started | None:
        call = self._last if wire_index is None else self._by_wire_index.get(wire_index)
        if call is None or not named:
            return call
        if wire_id and call.id:
            return call if wire_id == call.id else None
        return None if call.has_arguments else call

    def _start(self, wire_index: int | str | None, wire_id: str) -> _Started:
        call = _Started(self._count, wire_id)
        self._count += 1
        self._by_wire_index[wire_index] = call
        self._last = call
        return call
