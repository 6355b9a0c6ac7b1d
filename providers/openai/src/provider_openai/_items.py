"""Collects the output items of an answer, whole or from the events of a stream.

What the next turn must send back (encrypted reasoning, the items of the service's own tools, the
phase of a message) becomes the answer's state: ``{"model", "output": [item, …]}`` with the items in
their order. Text and tool calls stand in the message already; in their place is an item without
them, ``{"type": "message", "characters": 12}`` or ``{"type": "function_call"}``. An answer of text
and then calls needs no state.

The place of an item (``output_index``) decides which item an event belongs to, because some
services give each event another id. If the place is missing, or clearly wrong, the id does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provider_sdk import Delta, ToolCallDelta
from provider_sdk.decoding import CharacterJoiner, ThinkSplitter, call_id, json_safe, text_or_none

from provider_openai._item import OF_CALLER, Item, Key, Part, needs_state

_OUTSIDE_CONTRACT = "the answer calls a tool in a form outside the contract"
_LOST_CALL = "a call of a tool was dropped: the service did not name the tool"
_BETWEEN_PARTS = "\n\n"
_THOUGHTS = ("summary", "content")


class Items:
    """The items of one answer.

    Attributes:
        answer_id: the service's id of the answer, for calls that come without an id.
        has_refusal: whether the answer refuses.
    """

    def __init__(self) -> None:
        self.answer_id: object = None
        self.has_refusal = False
        self._all: list[Item] = []
        self._by_place: dict[int, Item] = {}
        self._by_id: dict[str, Item] = {}
        self._call_ids: set[str] = set()
        self._calls = 0
        self._splitter = ThinkSplitter()
        # A service that sends reasoning in items of its own writes none into the text.
        self._tags_are_text = False
        self._text_item: Item | None = None
        self._has_reasoning = False
        self._joins = False

    def join_characters(self) -> None:
        """Join the halves of characters from now on: the service cuts them."""
        self._joins = True

    def begin(self, place: object, raw: Mapping[str, Any]) -> Delta:
        """Begin an item; its texts are still to come."""
        result = Delta()
        item = self._start(place, raw)
        if item.kind == "function_call" and text_or_none(raw.get("name")):
            self._open_call(item, result)
        return result

    def add(self, place: object, id: object, kind: str, key: Key, piece: object) -> Delta:
        """Take a piece of a text; return what it adds to the answer.

        Args:
            place: the position of the item in the answer.
            id: the id of the item.
            kind: its type.
            key: which of its texts.
            piece: the next piece.
        """
        if not isinstance(piece, str) or not piece:
            return Delta()
        item = self._find(place, id, kind) or self._start(place, {"type": kind, "id": id})
        part = item.part(key)
        if key[0] == "text" and not self._joins and self._is_plain(piece):
            part.seen += len(piece)
            item.written += len(piece)
            self._text_item = item
            return Delta(piece)
        result = Delta()
        if self._joins:
            part.joiner = part.joiner or CharacterJoiner()
            piece = part.joiner.feed(piece)
        self._add(item, part, key, piece, result)
        return result

    def complete(self, place: object, id: object, kind: str, key: Key, whole: object) -> Delta:
        """Take a text that came whole; return what of it had not come in pieces."""
        result = Delta()
        if isinstance(whole, str):
            item = self._find(place, id, kind) or self._start(place, {"type": kind, "id": id})
            self._complete(item, key, whole, result)
        return result

    def end(self, place: object, raw: Mapping[str, Any]) -> Delta:
        """Take an item that came whole; return what of it had not come in pieces."""
        result = Delta()
        found = self._find(place, raw.get("id"), _kind_of(raw))
        if found is not None and found.is_done and found.raw.get("id") != raw.get("id"):
            found = None  # a service that numbers all items alike
        self._end(found or self._start(place, raw), raw, result)
        return result

    def finish(self, output: Sequence[Mapping[str, Any]] = ()) -> Delta:
        """End the answer; return what was held back, or never came in events of its own.

        Args:
            output: the items as the end of the answer has them; some services leave it empty.
        """
        result = Delta()
        for place, raw in enumerate(output):
            item = self._by_id.get(str(raw.get("id"))) or self._by_place.get(place)
            if item is None or item.kind != _kind_of(raw):
                item = self._start(place, raw)
            if not item.is_done:
                self._end(item, raw, result)
        for item in self._all:
            if not item.is_done:
                self._end(item, item.raw, result)
        self._flush_text(result)
        return result

    def state(self, model: str) -> dict[str, Any] | None:
        """Return the state of the answer, ``None`` if the next turn needs none."""
        kept = [state for item in self._all if (state := item.state()) is not None]
        if self.has_refusal or not needs_state(kept):
            return None
        return {"model": model, "output": json_safe(kept)}

    # Finding the item.

    def _start(self, place: object, raw: Mapping[str, Any]) -> Item:
        item = Item(_kind_of(raw), raw)
        self._tags_are_text = self._tags_are_text or item.kind == "reasoning"
        self._all.append(item)
        if isinstance(place, int):
            self._by_place[place] = item
        if isinstance(id := raw.get("id"), str) and id:
            self._by_id[id] = item
        return item

    def _find(self, place: object, id: object, kind: str) -> Item | None:
        at_place = self._by_place.get(place) if isinstance(place, int) else None
        if at_place is not None and (at_place.raw.get("id") == id or id is None):
            return at_place if at_place.kind == kind else None
        by_id = self._by_id.get(id) if isinstance(id, str) else None
        found = by_id or at_place
        if found is None and not isinstance(place, int):
            found = next((each for each in reversed(self._all) if not each.is_done), None)
        return found if found is not None and found.kind == kind else None

    # Adding to the answer.

    def _end(self, item: Item, raw: Mapping[str, Any], result: Delta) -> None:
        item.raw, item.is_done = raw, True
        if item.kind == "function_call" and item.call is None:
            if not text_or_none(raw.get("name")):
                result.warning = _LOST_CALL
                return
            self._open_call(item, result)
        for key, text in list(item.texts()):
            self._complete(item, key, text, result)
        for key, part in item.parts.items():
            if part.joiner is not None and (held := part.joiner.flush()):
                self._add(item, part, key, held, result)
        if item.kind == "message":
            self._flush_text(result)
        if item.kind in OF_CALLER:
            result.warning = _OUTSIDE_CONTRACT

    def _complete(self, item: Item, key: Key, whole: str, result: Delta) -> None:
        part = item.part(key)
        held = part.joiner.flush() if part.joiner is not None else ""
        if rest := whole[part.seen :] or held:
            self._add(item, part, key, rest, result)

    def _add(self, item: Item, part: Part, key: Key, piece: str, result: Delta) -> None:
        is_first = not part.seen
        part.seen += len(piece)
        if key[0] == "text":
            self._text_item = item
            self._split(item, piece, result)
        elif key[0] in _THOUGHTS:
            self._think(item, key[0], piece, is_first, result)
        elif key[0] == "refusal":
            self.has_refusal = True
            result.refusal += piece
        elif item.call is not None:
            _add_call(result, ToolCallDelta(item.call, arguments_text=piece))
        else:
            part.seen = 0  # the name of the call is still to come, and its arguments with it

    def _think(self, item: Item, field: str, piece: str, is_first: bool, result: Delta) -> None:
        item.thoughts = item.thoughts or field
        # Reasoning and its summary are two texts about the same: the one that came first counts.
        if item.thoughts != field or not piece:
            return
        if is_first and self._has_reasoning:
            result.reasoning += _BETWEEN_PARTS
        self._has_reasoning = True
        result.reasoning += piece

    def _open_call(self, item: Item, result: Delta) -> None:
        raw, index = item.raw, self._calls
        id = call_id(raw.get("call_id") or raw.get("id"), index, self.answer_id)
        if id in self._call_ids:
            id = call_id(None, index, self.answer_id)
        self._call_ids.add(id)
        self._calls += 1
        item.call = index
        _add_call(result, ToolCallDelta(index, id, text_or_none(raw.get("name")) or ""))

    def _is_plain(self, text: str) -> bool:
        return self._tags_are_text or self._splitter.take_plain(text)

    def _split(self, item: Item, text: str, result: Delta) -> None:
        if self._tags_are_text:
            result.text += text
            item.written += len(text)
            return
        found = self._splitter.feed(text)
        if found.text_was_reasoning:
            result.reasoning, result.text = result.reasoning + result.text, ""
            result.text_was_reasoning = True
        self._take(item, found.text, found.reasoning, result)

    def _flush_text(self, result: Delta) -> None:
        item, self._text_item = self._text_item, None
        if item is not None:
            rest = self._splitter.flush()
            self._take(item, rest.text, rest.reasoning, result)

    def _take(self, item: Item, text: str, reasoning: str, result: Delta) -> None:
        item.written += len(text)
        result.text += text
        result.reasoning += reasoning


def _kind_of(raw: Mapping[str, Any]) -> str:
    kind = raw.get("type")
    return kind if isinstance(kind, str) else ""


def _add_call(result: Delta, call: ToolCallDelta) -> None:
    result.tool_calls = [*result.tool_calls, call]
