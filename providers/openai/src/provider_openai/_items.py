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

from provider_openai._gathered import Gathered
from provider_openai._item import OF_CALLER, Item, Key, Part, kind_of, needs_state
from provider_openai._matching import matched

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
        self._by_place: dict[tuple[int, str], Item] = {}
        self._by_id: dict[str, Item] = {}
        self._call_ids: set[str] = set()
        self._splitter = ThinkSplitter()
        # A service that sends reasoning in items of its own writes none into the text.
        self._tags_are_text = False
        self._text_item: Item | None = None
        self._has_reasoning = False
        self._joins = False
        # Where the last piece went: most pieces go where the one before went.
        self._last: tuple[tuple[object, object, Key], Item, Part] | None = None

    def join_characters(self) -> None:
        """Join the halves of characters from now on: the service cuts them."""
        self._joins = True

    def begin(self, place: object, raw: Mapping[str, Any]) -> Delta:
        """Begin an item; its texts are still to come."""
        found = Gathered()
        item = self._start(place, raw)
        if item.kind == "function_call" and text_or_none(raw.get("name")):
            self._open_call(item, found)
        return found.delta()

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
        where = (place, id, key)
        if self._last is not None and self._last[0] == where:
            _, item, part = self._last
        else:
            item = self._find(place, id, kind) or self._start(place, {"type": kind, "id": id})
            part = item.part(key)
            self._last = (where, item, part)
        if key[0] == "text" and not self._joins and self._is_plain(piece):
            part.seen += len(piece)
            item.written += len(piece)
            self._text_item = item
            return Delta(piece)
        if self._joins:
            part.joiner = part.joiner or CharacterJoiner()
            piece = part.joiner.feed(piece)
        found = Gathered()
        self._add(item, part, key, piece, found)
        return found.delta()

    def complete(self, place: object, id: object, kind: str, key: Key, whole: object) -> Delta:
        """Take a text that came whole; return what of it had not come in pieces."""
        found = Gathered()
        if isinstance(whole, str):
            item = self._find(place, id, kind) or self._start(place, {"type": kind, "id": id})
            self._complete(item, key, whole, found)
        return found.delta()

    def end(self, place: object, raw: Mapping[str, Any]) -> Delta:
        """Take an item that came whole; return what of it had not come in pieces."""
        found = Gathered()
        kind = kind_of(raw)
        item = self._find(place, raw.get("id"), kind)
        if item is not None and item.is_done:
            # Some services give all items one place, others one id.
            is_there = not isinstance(place, int) or self._by_place.get((place, kind)) is item
            item = item if is_there and item.raw.get("id") == raw.get("id") else None
        self._end(item or self._start(place, raw), raw, found)
        return found.delta()

    def finish(self, output: Sequence[Mapping[str, Any]] = ()) -> Delta:
        """End the answer; return what was held back, or never came in events of its own.

        Args:
            output: the items as the end of the answer has them; some services leave it empty.
        """
        found = Gathered()
        listed = []
        for known, raw in matched(self._all, output):
            item = known or self._start(None, raw)
            listed.append(item)
            if not item.is_done:
                self._end(item, raw, found)
        # Its order is that of the answer.
        self._all = [*dict.fromkeys([*listed, *self._all])]
        for item in self._all:
            if not item.is_done:
                self._end(item, item.raw, found)
        self._flush_text(found)
        return found.delta()

    def state(self, model: str) -> dict[str, Any] | None:
        """Return the state of the answer, ``None`` if the next turn needs none."""
        kept = [state for item in self._all if (state := item.state()) is not None]
        if self.has_refusal or not needs_state(kept):
            return None
        return {"model": model, "output": json_safe(kept)}

    # Finding the item.

    def _start(self, place: object, raw: Mapping[str, Any]) -> Item:
        item = Item(kind_of(raw), raw)
        self._last = None
        self._tags_are_text = self._tags_are_text or item.kind == "reasoning"
        if isinstance(place, int):
            self._by_place[place, item.kind] = item
        if id := text_or_none(raw.get("id")):
            self._by_id[id] = item
        self._all.append(item)
        return item

    def _find(self, place: object, id: object, kind: str) -> Item | None:
        found = self._by_place.get((place, kind)) if isinstance(place, int) else None
        if id is not None and (found is None or found.raw.get("id") != id):
            found = self._by_id.get(str(id), found)
        if found is None and not isinstance(place, int) and self._all and not self._all[-1].is_done:
            found = self._all[-1]
        return found if found is not None and found.kind == kind else None

    # Adding to the answer.

    def _end(self, item: Item, raw: Mapping[str, Any], found: Gathered) -> None:
        item.raw, item.is_done = raw, True
        self._last = None
        if item.kind in OF_CALLER:
            found.warning = _OUTSIDE_CONTRACT
        if item.kind == "function_call" and item.call is None:
            if not text_or_none(raw.get("name")):
                found.warning = _LOST_CALL
                return
            self._open_call(item, found)
        for key, text in [*item.texts()]:
            self._complete(item, key, text, found)
        for key, part in item.parts.items():
            if part.joiner is not None and (held := part.joiner.flush()):
                self._add(item, part, key, held, found)
        if item.kind == "message":
            self._flush_text(found)

    def _complete(self, item: Item, key: Key, whole: str, found: Gathered) -> None:
        part = item.part(key)
        held = part.joiner.flush() if part.joiner is not None else ""
        if rest := whole[part.seen :] or held:
            self._add(item, part, key, rest, found)

    def _add(self, item: Item, part: Part, key: Key, piece: str, found: Gathered) -> None:
        is_first = not part.seen
        part.seen += len(piece)
        if key[0] == "text":
            self._text_item = item
            self._split(item, piece, found)
        elif key[0] in _THOUGHTS:
            self._think(item, key[0], piece, is_first, found)
        elif key[0] == "refusal":
            self.has_refusal = True
            found.refusals.append(piece)
        elif item.call is not None:
            found.calls.append(ToolCallDelta(item.call, arguments_text=piece))
        else:
            part.seen = 0  # the name of the call is still to come, and its arguments with it

    def _think(self, item: Item, field: str, piece: str, is_first: bool, found: Gathered) -> None:
        item.thoughts = item.thoughts or field
        # Reasoning and its summary are two texts about the same: the one that came first counts.
        if item.thoughts != field or not piece:
            return
        if is_first and self._has_reasoning:
            found.thoughts.append(_BETWEEN_PARTS)
        self._has_reasoning = True
        found.thoughts.append(piece)

    def _open_call(self, item: Item, found: Gathered) -> None:
        raw, index = item.raw, len(self._call_ids)
        id = call_id(raw.get("call_id") or raw.get("id"), index, self.answer_id)
        if id in self._call_ids:
            id = call_id(None, index, self.answer_id)
        self._call_ids.add(id)
        item.call = index
        found.calls.append(ToolCallDelta(index, id, text_or_none(raw.get("name")) or ""))

    def _is_plain(self, text: str) -> bool:
        return self._tags_are_text or self._splitter.take_plain(text)

    def _split(self, item: Item, text: str, found: Gathered) -> None:
        if self._tags_are_text:
            self._take(item, text, "", found)
            return
        split = self._splitter.feed(text)
        if split.text_was_reasoning:
            found.thoughts += found.texts
            found.texts.clear()
            found.text_was_reasoning = True
        self._take(item, split.text, split.reasoning, found)

    def _flush_text(self, found: Gathered) -> None:
        item, self._text_item = self._text_item, None
        if item is not None:
            rest = self._splitter.flush()
            self._take(item, rest.text, rest.reasoning, found)

    def _take(self, item: Item, text: str, reasoning: str, found: Gathered) -> None:
        item.written += len(text)
        found.texts.append(text)
        found.thoughts.append(reasoning)
