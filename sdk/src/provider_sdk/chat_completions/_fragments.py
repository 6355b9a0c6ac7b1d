"""Finds the tool call that each streamed fragment belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from provider_sdk._json import json_safe
from provider_sdk._responses import ToolCallDelta
from provider_sdk.chat_completions._fields import position
from provider_sdk.chat_completions._tool_calls import Function, arguments_as_text, read_function
from provider_sdk.decoding import CharacterJoiner, call_id

_USUAL_KEYS = frozenset({"index", "type", "function"})
_OBJECT_STARTS = frozenset("{ \t\r\n")  # the next object may begin with these
_MAX_PLACEHOLDER = 8
_LONGEST_NAME = 1024
_MARKS = re.compile(r'\\.?|"|[\[{]|[\]}]', re.DOTALL)


class _Braces:
    """Tracks whether text that comes in pieces is a complete JSON object."""

    __slots__ = ("_depth", "_escaped", "_in_string", "_is_object", "is_complete", "is_empty")

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._is_object = True
        self.is_empty = True
        self.is_complete = False

    def add(self, piece: str) -> None:
        if self.is_empty:
            piece = piece.lstrip()
            if not piece:
                return
            self.is_empty = False
            self._is_object = piece[0] == "{"
        if self._is_object:
            start = 1 if self._escaped else 0
            self._escaped = False
            for found in _MARKS.finditer(piece, start):
                self._pass(found.group())

    def _pass(self, mark: str) -> None:
        if self._in_string:
            self._escaped = mark == "\\"
            self._in_string = mark != '"'
        elif mark == '"':
            self._in_string = True
        elif mark in "[{":
            self._depth += 1
        elif mark in "]}":
            self._depth -= 1
            self.is_complete = self.is_complete or self._depth == 0


class _Call:
    def __init__(self, index: int, id: str) -> None:
        self.index = index
        self.id = id
        self.wire_id = ""
        self.wire_index: int | None = None
        self.name = ""
        self.pieces: list[str] = []
        self.placeholder = ""
        self._braces = _Braces()
        self._read = 0
        self.object: dict[str, Any] | None = None
        self.joiner = CharacterJoiner()
        self.extra: Any = None

    def add(self, text: str) -> str:
        """Take more arguments, return them without a cut character.

        A first ``{}`` is held back: gateways in front of Anthropic send it before the arguments.
        """
        piece = self.joiner.feed(text)
        if self.placeholder and not _begins_object(piece):
            piece = self.placeholder + piece
        self.placeholder = ""
        if not self.pieces and len(piece) < _MAX_PLACEHOLDER and piece.strip() == "{}":
            self.placeholder, piece = piece, ""
        if piece:
            self.pieces.append(piece)
        return piece

    @property
    def has_arguments(self) -> bool:
        has_text = self.placeholder or not self._braces_so_far().is_empty
        return self.object is not None or bool(has_text)

    @property
    def is_complete(self) -> bool:
        return bool(self.object or self.placeholder) or self._braces_so_far().is_complete

    def _braces_so_far(self) -> _Braces:
        # Read only when asked: most answers never need it.
        for piece in self.pieces[self._read :]:
            self._braces.add(piece)
        self._read = len(self.pieces)
        return self._braces


class ToolCallTracker:
    """Gives each call of one answer its position, and each fragment its call.

    Normally the ``index`` of a fragment decides. But some servers omit it or send it late, use
    index 0 for every call and tell them apart by id, repeat id and name in every fragment, make a
    new id for each fragment, or send whole calls without index and id. A known id means its call,
    unless that is complete and the fragment begins another. A new id, a new name, or a new object
    after complete arguments begins the next call.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        self._by_id: dict[str, _Call] = {}
        self._announced: dict[int | None, str] = {}
        self._last_of_list: _Call | None = None

    def __len__(self) -> int:
        return len(self._calls)

    def begin_list(self) -> None:
        """Note that the next fragments come in a list of their own."""
        self._last_of_list = None

    def place(self, fragment: Mapping[str, Any], answer_id: object) -> ToolCallDelta:
        """Return the fragment with the position of its call."""
        return self._continued_arguments(fragment) or self._placed(fragment, answer_id)

    def _continued_arguments(self, fragment: Mapping[str, Any]) -> ToolCallDelta | None:
        """Return the delta of a fragment that only continues arguments, as most do, or ``None``."""
        index, function = fragment.get("index"), fragment.get("function")
        if not isinstance(index, int) or not isinstance(function, dict) or self._announced:
            return None
        call, text = self._by_index.get(index), function.get("arguments")
        if call is None or call.object is not None or not isinstance(text, str):
            return None
        is_usual = len(function) == 1 and fragment.keys() <= _USUAL_KEYS
        if not is_usual or text[:1] in _OBJECT_STARTS:
            return None
        return ToolCallDelta(call.index, None, None, call.add(text))

    def _placed(self, fragment: Mapping[str, Any], answer_id: object) -> ToolCallDelta:
        function = read_function(fragment)
        wire_index = position(fragment.get("index"))
        raw_id, extra = fragment.get("id"), fragment.get("extra_content")
        wire_id = "" if raw_id is None else str(raw_id)
        wire_id = wire_id or self._announced.pop(wire_index, "")
        call = self._find(wire_index, wire_id, function)
        if call is self._last_of_list and wire_index is None and not wire_id:
            call = None if call is None or _is_another(call, function) else call
        if call is None and self._calls and not (function.name or function.arguments or extra):
            # An id alone may begin the next call, or it may be a new id for the same call.
            self._announced[wire_index] = wire_id
            return ToolCallDelta(self._calls[-1].index)
        if call is None:
            name = function.name or self._inherited_name(wire_index, wire_id, function)
            call = self._start(wire_id, answer_id)
            id: str | None = call.id
        elif _is_repeated(call, wire_id, function):
            return ToolCallDelta(call.index)
        else:
            name, id = function.name, self._late_id(call, wire_id)
        if wire_index is not None:
            self._by_index[wire_index] = call
            call.wire_index = wire_index if call.wire_index is None else call.wire_index
        self._last_of_list = call
        if extra:
            call.extra = merged(call.extra, extra)
        return ToolCallDelta(call.index, id, _named(call, name), _arguments(call, function))

    def held_back(self) -> list[ToolCallDelta]:
        """Return what is only complete at the end of the answer: objects, and cut characters."""
        found = []
        for call in self._calls:
            text = call.joiner.flush()
            if call.object:
                text += arguments_as_text(call.object)
                call.object = None
            else:
                text = call.placeholder + text
            call.placeholder = ""
            if text:
                call.pieces.append(text)
                found.append(ToolCallDelta(call.index, arguments_text=text))
        return found

    def take_extras(self) -> list[dict[str, Any]]:
        """Return the new ``extra_content`` of the calls, each with the id of its call."""
        found = []
        for call in self._calls:
            if call.extra is not None:
                found.append({"id": call.id, "extra_content": json_safe(call.extra)})
                call.extra = None
        return found

    # Finding the call.

    def _find(self, wire_index: int | None, wire_id: str, function: Function) -> _Call | None:
        if wire_id and (known := self._by_id.get(wire_id)) is not None:
            same_index = self._by_index.get(wire_index) if wire_index is not None else None
            if same_index is not None and same_index.wire_id == wire_id:
                known = same_index  # several calls have this id
            is_other = _clashes(known, wire_index, function) or _differs(
                known, wire_index, function
            )
            return None if is_other else known
        if wire_index is None:
            call = self._calls[-1] if self._calls else None
        else:
            call = self._by_index.get(wire_index) or self._before_index(
                wire_index, wire_id, function
            )
        if call is None:
            return None
        if wire_id and call.wire_id:
            return call if _continues(call, wire_index, function) else None
        return None if _is_next(call, wire_index, function) else call

    def _before_index(self, wire_index: int, wire_id: str, function: Function) -> _Call | None:
        """Return the call that a fragment with a new index continues, if any."""
        if not self._calls:
            return None
        last = self._calls[-1]
        if function.name:
            return last if last.wire_index is None and not wire_id else None
        if wire_id and not (function.arguments and not last.is_complete):
            return None
        at_index = self._calls[wire_index] if 0 <= wire_index < len(self._calls) else last
        return at_index if at_index.wire_index is None else last

    def _inherited_name(self, wire_index: int | None, wire_id: str, function: Function) -> str:
        """Return the name for a new call without one: that of the call before it, or ``""``."""
        is_first = wire_id and wire_index is not None and wire_index not in self._by_index
        if is_first or not self._calls or not _begins(function):
            return ""
        return self._calls[-1].name

    def _start(self, wire_id: str, answer_id: object) -> _Call:
        index = len(self._calls)
        is_taken = wire_id in self._by_id
        call = _Call(index, call_id(None if is_taken else wire_id, index, answer_id))
        if wire_id:
            call.wire_id = wire_id
            self._by_id[wire_id] = call
        self._calls.append(call)
        return call

    def _late_id(self, call: _Call, wire_id: str) -> str | None:
        if not wire_id or call.wire_id:
            return None  # no id, or the call has one already
        call.id = call.wire_id = wire_id
        self._by_id[wire_id] = call
        return wire_id


def _differs(call: _Call, wire_index: int | None, function: Function) -> bool:
    """Whether a fragment with the id of this call has another index and another name."""
    if wire_index is None or call.wire_index in (None, wire_index):
        return False
    return bool(function.name and call.name) and not function.name.startswith(call.name)


def _clashes(call: _Call, wire_index: int | None, function: Function) -> bool:
    """Whether a fragment begins another call although it has the id of this one."""
    if not call.is_complete:
        return False
    if function.name not in ("", call.name):
        return True
    if function.as_object is not None:
        moved = None not in (wire_index, call.wire_index) and wire_index != call.wire_index
        return moved and dict(function.as_object) != call.object
    if call.placeholder or not _begins(function):
        return False
    return "".join(call.pieces) != function.arguments


def _is_repeated(call: _Call, wire_id: str, function: Function) -> bool:
    """Whether a fragment repeats a whole call: LocalAI sends one at several indexes."""
    same = bool(wire_id) and wire_id == call.wire_id and call.is_complete
    return same and not call.placeholder and _begins(function) and function.as_object is None


def _continues(call: _Call, wire_index: int | None, function: Function) -> bool:
    """Whether a fragment with a new id continues the call: some servers send a new id each time."""
    continues = call.has_arguments and not call.is_complete and bool(function.arguments)
    if function.name:
        return function.name == call.name and continues and not _begins(function)
    if function.arguments:
        return bool(call.placeholder) or not (call.is_complete and _begins(function))
    return not call.has_arguments and wire_index is not None


def _is_next(call: _Call, wire_index: int | None, function: Function) -> bool:
    """Whether a fragment at the index of a call begins the next call, although no id says so."""
    if function.as_object is not None and call.has_arguments:
        # An empty object may stand for arguments that are still to come.
        return bool(function.name) and not (call.object == {} and function.as_object)
    if call.is_complete and _begins(function):
        return bool(function.name) or not call.placeholder
    if not function.name or not call.name or function.name == call.name:
        return False
    # A name may come in pieces, but not after arguments.
    return call.has_arguments or wire_index is None


def _is_another(call: _Call, function: Function) -> bool:
    """Whether a fragment is another call than the one before it in the same list."""
    is_open = call.has_arguments and not call.is_complete
    return bool(function.name) and not is_open and (not function.arguments or _begins(function))


def _named(call: _Call, name: str) -> str | None:
    """Return the name so far if the fragment adds to it: a name may come in pieces."""
    if not name or name == call.name or len(call.name) > _LONGEST_NAME:
        return None
    call.name = name if name.startswith(call.name) else call.name + name
    return call.name


def _arguments(call: _Call, function: Function) -> str:
    if function.as_object is not None:
        # In place: a copy per fragment would cost the square of their number.
        call.object = {} if call.object is None else call.object
        call.object.update(function.as_object)
        return ""
    return call.add(function.arguments) if function.arguments else ""


def _begins(function: Function) -> bool:
    return _begins_object(function.arguments)


def _begins_object(text: str) -> bool:
    return text.lstrip()[:1] == "{"


def merged(old: Any, new: Any) -> Any:
    """Return two pieces of opaque JSON merged, into the older if it is an object; the newer counts.

    In place: a copy per fragment would cost the square of their number.
    """
    if not isinstance(old, dict) or not isinstance(new, Mapping):
        return new
    for name, value in new.items():
        old[name] = merged(old.get(name), value)
    return old
