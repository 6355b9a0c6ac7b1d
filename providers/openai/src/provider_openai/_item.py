"""One output item of an answer, and what the next turn must send back of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provider_sdk.decoding import CharacterJoiner, arguments_text, list_of_mappings, text_or_none

OF_CALLER = frozenset(
    {
        "custom_tool_call",
        "computer_call",
        "local_shell_call",
        "shell_call",
        "apply_patch_call",
        "mcp_approval_request",
    }
)
"""Items that ask the caller for something that is not a function call."""

PLAIN = ("message", "function_call")
_OF_MESSAGE = frozenset({"type", "phase"})
_IN_CALL = frozenset({"id", "status", "call_id", "name", "arguments"})
_OF_REASONING = frozenset({"type", "encrypted_content"})

Key = tuple[str, int]
"""Which text of an item: its kind, and its index."""


class Part:
    """A text within an item.

    Attributes:
        seen: how many characters of it have come.
        joiner: joins characters that the service cut, if it does.
    """

    __slots__ = ("joiner", "seen")

    def __init__(self) -> None:
        self.seen = 0
        self.joiner: CharacterJoiner | None = None


class Item:
    """An output item.

    Attributes:
        kind: its type.
        raw: the item as the service sent it last.
        call: the index of its tool call, ``None`` if it is not a call, or has not begun.
        written: the characters that it added to the answer's text.
        thoughts: where its reasoning stands, ``"summary"`` or ``"content"``; empty without any.
        is_done: whether it came whole.
        parts: its texts.
    """

    __slots__ = ("call", "is_done", "kind", "parts", "raw", "thoughts", "written")

    def __init__(self, kind: str, raw: Mapping[str, Any]) -> None:
        self.kind = kind
        self.raw = raw
        self.call: int | None = None
        self.written = 0
        self.thoughts = ""
        self.is_done = False
        self.parts: dict[Key, Part] = {}

    def part(self, key: Key) -> Part:
        """Return the text of that key."""
        found = self.parts.get(key)
        if found is None:
            found = self.parts[key] = Part()
        return found

    def texts(self) -> Iterator[tuple[Key, str]]:
        """Yield the texts of the item as it came whole, each with the key that its pieces had.

        Some services count another way in the events than in the item, so a text without pieces
        has those that belong to no other text.
        """
        whole = list(_texts_of(self.raw))
        left: dict[str, list[Key]] = {}
        for key in sorted(self.parts.keys() - dict(whole).keys(), reverse=True):
            left.setdefault(key[0], []).append(key)
        for key, text in whole:
            is_known = key in self.parts or not left.get(key[0])
            yield (key if is_known else left[key[0]].pop()), text

    def state(self) -> dict[str, Any] | None:
        """Return what the next turn sends back of it, ``None`` for nothing.

        Text and calls are left out: they stand in the message. So are the ids of items, which a
        service that stores nothing does not find.
        """
        raw = {name: value for name, value in self.raw.items() if value is not None}
        if self.kind == "message":
            kept = {name: raw[name] for name in raw if name in _OF_MESSAGE}
            return {**kept, "type": "message", "characters": self.written} if self.written else None
        if self.kind == "function_call":
            return {name: raw[name] for name in raw if name not in _IN_CALL}
        if self.kind == "reasoning":
            return _reasoning(raw)
        return raw if self.kind and self.kind not in OF_CALLER else None


def kind_of(raw: Mapping[str, Any]) -> str:
    """Return the type of an item, ``""`` if it names none."""
    return text_or_none(raw.get("type")) or ""


def needs_state(kept: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the next turn must send back more than the answer's text and then its calls."""
    kinds = [item.get("type") for item in kept]
    if kinds.count("message") > 1 or any(kind not in PLAIN for kind in kinds):
        return True
    return "message" in kinds[1:] or any(item.keys() - {"type", "characters"} for item in kept)


def _texts_of(item: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    """Yield the texts of an item that came whole."""
    kind = item.get("type")
    if kind == "function_call":
        yield ("arguments", 0), arguments_text(item.get("arguments"))
    elif kind == "reasoning":
        for name in ("summary", "content"):
            yield from (((name, i), text) for i, text in _texts(item.get(name)))
    elif kind == "message":
        content = item.get("content")
        if isinstance(content, str):
            yield ("text", 0), content
        for index, part in enumerate(content if isinstance(content, list) else ()):
            said = part if isinstance(part, Mapping) else {}
            if isinstance(text := said.get("text"), str):
                yield ("text", index), text
            if isinstance(refusal := said.get("refusal"), str):
                yield ("refusal", index), refusal


def _texts(parts: object) -> Iterator[tuple[int, str]]:
    if isinstance(parts, str):
        yield 0, parts
    for index, part in enumerate(parts if isinstance(parts, list) else ()):
        if isinstance(part, Mapping) and isinstance(text := part.get("text"), str):
            yield index, text


def _reasoning(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    content = [part for part in list_of_mappings(raw.get("content")) if part.get("text")]
    if not (raw.get("encrypted_content") or content):
        return None
    # The protocol demands a summary, even an empty one.
    summary = list_of_mappings(raw.get("summary"))
    kept = {name: raw[name] for name in raw if name in _OF_REASONING}
    return {**kept, "summary": summary, **({"content": content} if content else {})}
