"""One content block of an answer, and what the next turn must send back of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provider_sdk.decoding import CharacterJoiner, TextBuffer, decode_json

_PLAIN = ("text", "tool_use")


class Block:
    """A content block.

    Attributes:
        kind: its type.
        raw: the block as the service began it, with what was added that is kept as it is.
        call: the index of its tool call, ``None`` if it is not a call.
        length: the characters of its text, or of its input.
        text: its thinking, its summary, or the JSON of its input if it is no tool call.
        signature: of its thinking; empty if none was sent.
        joiner: joins characters that the service cut, if it does.
        aside: thinking that was added to a block of another kind.
        is_open: whether its end has not come yet.
        is_whole: whether its input came whole, so that pieces of it would repeat it.
    """

    __slots__ = (
        "aside",
        "call",
        "is_open",
        "is_whole",
        "joiner",
        "kind",
        "length",
        "raw",
        "signature",
        "text",
    )

    def __init__(self, kind: str, raw: dict[str, Any], call: int | None = None) -> None:
        self.kind = kind
        self.raw = raw
        self.call = call
        self.length = 0
        self.text = TextBuffer()
        self.signature = ""
        self.joiner: CharacterJoiner | None = None
        self.aside: Block | None = None
        self.is_open = True
        self.is_whole = False

    def thinking(self) -> Block:
        """Return the block that its thinking belongs to: itself, or one that stands before it."""
        if self.kind == "thinking":
            return self
        if self.aside is None:
            self.aside = Block("thinking", {"type": "thinking"})
        return self.aside

    def state(self) -> list[dict[str, Any]]:
        """Return what the next turn sends back of it; nothing of a block that says nothing."""
        before = [] if self.aside is None else self.aside.state()
        own = self._own_state()
        return before if own is None else [*before, own]

    def _own_state(self) -> dict[str, Any] | None:
        raw, written = self.raw, self.text.value()
        if self.kind == "text":
            kept = {name: value for name, value in raw.items() if name != "characters" and value}
            return {**kept, "type": "text", "characters": self.length} if self.length else None
        if self.kind == "tool_use":
            return {name: raw[name] for name in raw if name not in ("id", "name", "input")}
        if self.kind == "thinking":
            signed = {"signature": self.signature} if self.signature else {}
            return {**raw, "thinking": written, **signed}
        if self.kind == "compaction":
            return {**raw, "content": f"{raw.get('content') or ''}{written}" or None}
        if written:
            return {**raw, "input": _json_or_empty(written)}
        return raw if self.kind else None


def needs_state(blocks: Sequence[Block]) -> bool:
    """Whether the next turn must send back more than the answer's text and then its calls."""
    kinds = [block.kind for block in blocks]
    if any(kind not in _PLAIN for kind in kinds) or kinds != sorted(kinds):
        return True
    return any(
        block.aside is not None or block.raw.get("citations") or block.raw.get("caller")
        for block in blocks
    )


def _json_or_empty(text: str) -> Any:
    try:
        return decode_json(text.encode("utf-8", errors="replace"))
    except ValueError:
        return {}
