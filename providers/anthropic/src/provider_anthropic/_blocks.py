"""Collects the content blocks of an answer, whole or from the events of a stream.

What the next turn must send back to the letter (signed thinking, redacted thinking, the blocks of
the service's own tools, citations, who made a call) becomes the answer's state: an item
``{"model", "content": [block, …]}`` with all blocks in their order. Text and tool calls stand in
the message already; in their place is a block without them, ``{"type": "text", "characters": 12}``
or ``{"type": "tool_use"}``. An answer of text and then calls needs no state.

Gateways that translate another protocol end blocks too early, number two blocks alike, or leave
events out. So a piece belongs to the block that was last begun at its place, ended or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from provider_sdk import Delta, ToolCallDelta
from provider_sdk.decoding import (
    CharacterJoiner,
    ThinkSplitter,
    arguments_text,
    call_id,
    json_safe,
)

from provider_anthropic._block import Block, needs_state
from provider_anthropic._wire import WireDelta

_THINKING = ("thinking", "redacted_thinking")
_LOST_INPUT = "a part of a tool's input was dropped: the stream never began the call it belongs to"


class Blocks:
    """The blocks of one answer.

    Args:
        answer_id: the service's id of the answer, for calls that come without an id.

    Attributes:
        have_changed: whether anything was added since ``state`` was last called.
    """

    def __init__(self, answer_id: object = None) -> None:
        self.answer_id = answer_id
        self.have_changed = False
        self._all: list[Block] = []
        self._by_place: dict[int, Block] = {}
        self._unended: dict[int, Block] = {}
        self._open_text: Block | None = None
        self._calls = 0
        self._thinking = ThinkSplitter()
        # A closing tag alone is text: Claude never writes one that ends its reasoning.
        self._thinking.may_close_unopened = False
        # A service that sends thinking in its own blocks writes none into the text.
        self._tags_are_text = False
        self._joins = False

    def __bool__(self) -> bool:
        return bool(self._all)

    def join_characters(self) -> None:
        """Join the halves of characters from now on: the service cuts them."""
        self._joins = True

    def begin(self, content: Iterable[object]) -> Delta:
        """Begin the first blocks of the answer; return what they hold already."""
        begun = [self.start(index, raw) for index, raw in enumerate(content)]
        result = Delta(
            "".join(delta.text for delta in begun),
            reasoning="".join(delta.reasoning for delta in begun),
        )
        if calls := [call for delta in begun for call in delta.tool_calls]:
            result.tool_calls = calls
        return result

    def start(self, index: object, raw: object) -> Delta:
        """Begin a block; return what it holds already.

        Args:
            index: its position in the answer.
            raw: the block as the service sent it.
        """
        result, place = Delta(), _place(index)
        self._close_text(result)
        self._close_at(place, result)
        block = dict(raw) if isinstance(raw, Mapping) else {}
        kind = block.get("type") if isinstance(block.get("type"), str) else ""
        begun = Block(str(kind), block, self._calls if kind == "tool_use" else None)
        self._all.append(begun)
        self._by_place[place] = self._unended[place] = begun
        self.have_changed = True
        self._tags_are_text = self._tags_are_text or kind in _THINKING
        if kind == "text":
            self._add_text(begun, block.pop("text", None), result)
        elif kind == "thinking":
            self._add_thinking(begun, block.get("thinking"), result)
            self._sign(begun, block.get("signature"), result)
        elif kind == "tool_use":
            id = call_id(block.get("id"), self._calls, self.answer_id)
            self._calls += 1
            name = block.get("name")
            opened = ToolCallDelta(self._calls - 1, id, name if isinstance(name, str) else "")
            result.tool_calls = [*result.tool_calls, opened]
        return result

    def add(self, index: object, delta: WireDelta) -> Delta:
        """Take the change of a block; return what it adds to the answer."""
        kind, text = delta.type, delta.text
        block = self._block_at(_place(index), kind)
        if block is None:
            return Delta(warning=_LOST_INPUT if delta.partial_json else None)
        self.have_changed = True
        if (
            kind == "text_delta"
            and not self._joins
            and isinstance(text, str)
            and self._is_plain(text)
        ):
            block.length += len(text)
            self._open_text = block
            return Delta(text)
        result = Delta()
        if kind == "text_delta":
            self._add_text(block, text, result)
        elif kind == "input_json_delta":
            self._add_json(block, delta.partial_json, result)
        elif kind == "thinking_delta":
            self._add_thinking(block, delta.thinking, result)
        elif kind == "signature_delta":
            self._sign(block, delta.signature, result)
        elif kind == "citations_delta" and delta.citation is not None:
            if not isinstance(block.raw.get("citations"), list):
                block.raw["citations"] = []
            block.raw["citations"].append(delta.citation)
        elif kind == "compaction_delta":
            _add_summary(block, delta)
        return result

    def stop(self, index: object) -> Delta:
        """End a block; return what was held back."""
        result = Delta()
        self._close_text(result)
        self._close_at(_place(index), result)
        return result

    def finish(self) -> Delta:
        """End all blocks that are still open; return what was held back."""
        result = Delta()
        self._close_text(result)
        closed = [self._close(block, result) for block in self._unended.values()]
        self._unended.clear()
        if calls := [call for call in closed if call is not None]:
            result.tool_calls = calls
        return result

    def state(self, model: str) -> dict[str, Any] | None:
        """Return the state of the answer, ``None`` if the next turn needs none."""
        self.have_changed = False
        if not needs_state(self._all):
            return None
        content = [kept for block in self._all for kept in block.state()]
        return {"model": model, "content": json_safe(content)}

    def _block_at(self, place: int, kind: object) -> Block | None:
        block = self._by_place.get(place)
        if block is not None and block.is_open:
            return block
        # Some gateways send no `content_block_start`. A call without its name is of no use.
        name = {"text_delta": "text", "thinking_delta": "thinking"}.get(str(kind))
        if name and (block is None or name == "text" or block.kind != name):
            self.start(place, {"type": name})
            return self._all[-1]
        if block is not None:
            block.is_open = True
            self._unended[place] = block
        return block

    def _is_plain(self, text: str) -> bool:
        return self._tags_are_text or self._thinking.take_plain(text)

    def _add_text(self, block: Block, text: object, result: Delta) -> None:
        if isinstance(text, str) and text:
            self._open_text = block
            self._split(block, self._joined(block, text), result)

    def _split(self, block: Block, text: str, result: Delta) -> None:
        if self._tags_are_text:
            _take(block, text, "", result)
        else:
            split = self._thinking.feed(text)
            _take(block, split.text, split.reasoning, result)

    def _close_text(self, result: Delta) -> None:
        block, self._open_text = self._open_text, None
        if block is not None:
            self._split(block, block.joiner.flush() if block.joiner is not None else "", result)
            if not self._tags_are_text:
                rest = self._thinking.flush()
                _take(block, rest.text, rest.reasoning, result)

    def _own_thinking(self, block: Block, result: Delta) -> Block:
        if not self._tags_are_text:
            self._close_text(result)
            self._tags_are_text = True
        return block.thinking()

    def _add_thinking(self, block: Block, thinking: object, result: Delta) -> None:
        if isinstance(thinking, str) and thinking:
            thought = self._own_thinking(block, result)
            _think(thought, self._joined(thought, thinking), result)

    def _sign(self, block: Block, signature: object, result: Delta) -> None:
        # A signature comes whole, and the last one counts.
        if isinstance(signature, str) and signature:
            self._own_thinking(block, result).signature = signature

    def _joined(self, block: Block, piece: str) -> str:
        if not self._joins:
            return piece
        block.joiner = block.joiner or CharacterJoiner()
        return block.joiner.feed(piece)

    def _add_json(self, block: Block, piece: object, result: Delta) -> None:
        if not isinstance(piece, str) or not piece or block.is_whole:
            return
        block.length += len(piece)
        if block.call is not None:
            result.tool_calls = [ToolCallDelta(block.call, arguments_text=piece)]
        else:
            block.text.add(piece)

    def _close_at(self, place: int, result: Delta) -> None:
        block = self._unended.pop(place, None)
        if block is not None and (call := self._close(block, result)) is not None:
            result.tool_calls = [call]

    def _close(self, block: Block, result: Delta) -> ToolCallDelta | None:
        block.is_open = False
        thought = block.aside or block
        if thought.kind == "thinking" and thought.joiner is not None:
            _think(thought, thought.joiner.flush(), result)
        if block.call is None or block.length or not block.raw.get("input"):
            return None
        # Some servers send the input whole; then no piece of it follows.
        text = arguments_text(block.raw["input"])
        block.length, block.is_whole = len(text), True
        return ToolCallDelta(block.call, arguments_text=text)


def _place(index: object) -> int:
    return index if isinstance(index, int) else -1


def _take(block: Block, text: str, reasoning: str, result: Delta) -> None:
    if text:
        block.length += len(text)
        result.text += text
    if reasoning:
        result.reasoning += reasoning


def _think(block: Block, thinking: str, result: Delta) -> None:
    block.text.add(thinking)
    result.reasoning += thinking


def _add_summary(block: Block, delta: WireDelta) -> None:
    if isinstance(delta.content, str):
        block.text.add(delta.content)
    if delta.encrypted_content is not None:
        block.raw["encrypted_content"] = delta.encrypted_content
