"""Collects the content blocks of an answer, whole or from the events of a stream.

What the next turn must send back to the letter (signed thinking, redacted thinking, the blocks of
the service's own tools, citations) becomes the answer's state: an item
``{"model", "content": [block, …]}`` with all blocks in their order. Text and tool calls stand in
the message already; in their place is a block without them, ``{"type": "text", "characters": 12}``
or ``{"type": "tool_use"}``. An answer of text and then calls needs no state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import Delta, ToolCallDelta
from provider_sdk.decoding import (
    CharacterJoiner,
    TextBuffer,
    ThinkSplitter,
    arguments_text,
    call_id,
    decode_json,
    json_safe,
)

from provider_anthropic._wire import WireDelta

_PLAIN = ("text", "tool_use")


class _Block:
    """A content block; ``text`` is its thinking or JSON, ``call`` the index of its tool call."""

    __slots__ = ("call", "joiner", "kind", "length", "raw", "signature", "text")

    def __init__(self, kind: str, raw: dict[str, Any], call: int | None) -> None:
        self.kind = kind
        self.raw = raw
        self.call = call
        self.length = 0
        self.text = TextBuffer()
        self.signature: TextBuffer | None = None
        self.joiner: CharacterJoiner | None = None


class Blocks:
    """The blocks of one answer.

    Args:
        answer_id: the service's id of the answer, for calls that come without an id.
    """

    def __init__(self, answer_id: object = None) -> None:
        self.answer_id = answer_id
        self._blocks: list[_Block] = []
        self._by_index: dict[int, _Block] = {}
        self._open_text: _Block | None = None
        self._calls = 0
        self._thinking = ThinkSplitter()
        # A closing tag alone is text: Claude never writes one that ends its reasoning.
        self._thinking.may_close_unopened = False
        self._joins = False

    def join_characters(self) -> None:
        """Join the halves of characters from now on: the service cuts them."""
        self._joins = True

    def start(self, index: object, raw: object) -> Delta:
        """Begin a block; return what it holds already.

        Args:
            index: its position in the answer.
            raw: the block as the service sent it.
        """
        result = self._close_text()
        block = dict(raw) if isinstance(raw, Mapping) else {}
        kind = block.get("type") if isinstance(block.get("type"), str) else ""
        begun = _Block(str(kind), block, self._calls if kind == "tool_use" else None)
        self._blocks.append(begun)
        self._by_index[index if isinstance(index, int) else -1] = begun
        if kind == "text":
            self._add_text(begun, block.pop("text", None), result)
        elif kind == "thinking":
            self._add_thinking(begun, block.get("thinking"), result)
            self._sign(begun, block.get("signature"))
        elif kind == "tool_use":
            id = call_id(block.get("id"), self._calls, self.answer_id)
            self._calls += 1
            name = block.get("name")
            opened = ToolCallDelta(self._calls - 1, id, name if isinstance(name, str) else "")
            result.tool_calls = [opened]
        return result

    def add(self, index: object, delta: WireDelta) -> Delta:
        """Take the change of a block; return what it adds to the answer."""
        block = self._by_index.get(index if isinstance(index, int) else -1)
        kind, text = delta.type, delta.text
        if block is None:
            block = self._unannounced(index, kind)
            if block is None:
                return Delta()
        if (
            kind == "text_delta"
            and not self._joins
            and isinstance(text, str)
            and self._thinking.take_plain(text)
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
            self._sign(block, delta.signature)
        elif kind == "citations_delta" and delta.citation is not None:
            if not isinstance(block.raw.get("citations"), list):
                block.raw["citations"] = []
            block.raw["citations"].append(delta.citation)
        elif kind == "compaction_delta" and isinstance(delta.content, str):
            block.text.add(delta.content)
        return result

    def stop(self, index: object) -> Delta:
        """End a block; return what was held back."""
        result = self._close_text()
        block = self._by_index.pop(index if isinstance(index, int) else -1, None)
        if block is not None:
            self._close(block, result)
        return result

    def finish(self) -> Delta:
        """End all blocks that are still open; return what was held back."""
        result = self._close_text()
        for block in self._by_index.values():
            self._close(block, result)
        self._by_index.clear()
        return result

    def state(self, model: str) -> dict[str, Any] | None:
        """Return the state of the answer, ``None`` if the next turn needs none."""
        kinds = [block.kind for block in self._blocks]
        is_plain = all(kind in _PLAIN for kind in kinds) and kinds == sorted(kinds)
        if is_plain and not any(block.raw.get("citations") for block in self._blocks):
            return None
        content = [block for each in self._blocks if (block := _block_state(each)) is not None]
        return {"model": model, "content": json_safe(content)}

    def _unannounced(self, index: object, kind: object) -> _Block | None:
        # Some gateways send no `content_block_start`. A call without its name is of no use.
        name = {"text_delta": "text", "thinking_delta": "thinking"}.get(str(kind))
        if name is None:
            return None
        self.start(index, {"type": name})
        return self._blocks[-1]

    def _add_text(self, block: _Block, text: object, result: Delta) -> None:
        if not isinstance(text, str) or not text:
            return
        split = self._thinking.feed(self._joined(block, text))
        self._open_text = block
        self._take(block, split.text, split.reasoning, result)

    def _take(self, block: _Block, text: str, reasoning: str, result: Delta) -> None:
        if text:
            block.length += len(text)
            result.text += text
        if reasoning:
            result.reasoning += reasoning

    def _close_text(self) -> Delta:
        result = Delta()
        block, self._open_text = self._open_text, None
        if block is not None:
            half = block.joiner.flush() if block.joiner is not None else ""
            first, rest = self._thinking.feed(half), self._thinking.flush()
            self._take(block, first.text + rest.text, first.reasoning + rest.reasoning, result)
        return result

    def _add_thinking(self, block: _Block, thinking: object, result: Delta) -> None:
        if isinstance(thinking, str) and thinking:
            self._think(block, self._joined(block, thinking), result)

    def _think(self, block: _Block, thinking: str, result: Delta) -> None:
        block.text.add(thinking)
        result.reasoning += thinking

    def _joined(self, block: _Block, piece: str) -> str:
        if not self._joins:
            return piece
        block.joiner = block.joiner or CharacterJoiner()
        return block.joiner.feed(piece)

    def _sign(self, block: _Block, signature: object) -> None:
        if isinstance(signature, str) and signature:
            block.signature = block.signature or TextBuffer()
            block.signature.add(signature)

    def _add_json(self, block: _Block, piece: object, result: Delta) -> None:
        if not isinstance(piece, str) or not piece:
            return
        block.length += len(piece)
        if block.call is not None:
            result.tool_calls = [ToolCallDelta(block.call, arguments_text=piece)]
        else:
            block.text.add(piece)

    def _close(self, block: _Block, result: Delta) -> None:
        if block.kind == "thinking" and block.joiner is not None:
            self._think(block, block.joiner.flush(), result)
        if block.call is not None and not block.length and block.raw.get("input"):
            # Some servers send the input whole; then no piece of it follows.
            text = arguments_text(block.raw["input"])
            block.length = len(text)
            whole = ToolCallDelta(block.call, arguments_text=text)
            result.tool_calls = [*result.tool_calls, whole]


def _block_state(block: _Block) -> dict[str, Any] | None:
    raw = block.raw
    if block.kind == "text":
        kept = {name: value for name, value in raw.items() if name != "characters" and value}
        return {**kept, "type": "text", "characters": block.length} if block.length else None
    if block.kind == "tool_use":
        return {name: raw[name] for name in raw if name not in ("id", "name", "input")}
    if block.kind == "thinking":
        thinking = {"thinking": block.text.value()}
        signed = {} if block.signature is None else {"signature": block.signature.value()}
        return {**raw, **thinking, **signed}
    written = block.text.value()
    if block.kind == "compaction":
        return {**raw, "content": f"{raw.get('content') or ''}{written}" or None}
    if written:
        return {**raw, "input": _json_or_empty(written)}
    return raw


def _json_or_empty(text: str) -> Any:
    try:
        return decode_json(text.encode("utf-8", errors="replace"))
    except ValueError:
        return {}
