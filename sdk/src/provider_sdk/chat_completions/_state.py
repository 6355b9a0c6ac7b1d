"""The state of an answer that its service needs back in the next turn.

Thinking models refuse the turn after a tool call, or answer it worse, unless the assistant's turn
carries their reasoning: ``reasoning_content`` (https://api-docs.deepseek.com/guides/thinking_mode,
https://platform.kimi.ai/docs), ``reasoning_details``
(https://openrouter.ai/docs/use-cases/reasoning-tokens), or the ``extra_content`` of each call
(https://ai.google.dev/gemini-api/docs/thought-signatures). It is sent back with every turn that has
it: services that need it after a tool call need it in all turns of that conversation, and the
others leave it out of the prompt themselves. A signature is valid only for the model that wrote it,
so another model gets no state.

The state is a list of items, each ``{"model", "reasoning_content" | "reasoning",
"reasoning_details", "tool_calls": [{"id", "extra_content"}]}``, with the fields that the answer
has. A later item of one answer continues an earlier one. An item without ``model`` comes from the
caller, and is valid for any model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provider_sdk._aggregate import TextBuffer
from provider_sdk._json import json_safe, mended
from provider_sdk.decoding import list_of_mappings
from provider_sdk.turn_state import StateItem

REASONING_FIELDS = ("reasoning_content", "reasoning")
_STATE_FIELDS = frozenset((*REASONING_FIELDS, "reasoning_details"))
_OWN_FIELDS = frozenset({"reasoning_content", "reasoning_details"})
_JOINED_FIELDS = frozenset({"text", "summary", "data"})


class Details:
    """The ``reasoning_details`` of one answer, joined from fragments.

    Fragments of one block share ``index``, ``type`` and any ``id``; without an index, text
    continues the text before it. A block must be joined exactly, or its signature is not valid.
    """

    def __init__(self) -> None:
        self._blocks: list[dict[str, Any]] = []
        self._by_key: dict[tuple[Any, Any], dict[str, Any]] = {}

    def add(self, fragments: object) -> None:
        """Take the details of a message or delta; other items than mappings are dropped."""
        for fragment in fragments if isinstance(fragments, list) else ():
            if isinstance(fragment, Mapping):
                self._add(fragment)

    def value(self) -> list[dict[str, Any]]:
        """Return the blocks as JSON."""
        return [{name: _plain(field) for name, field in block.items()} for block in self._blocks]

    def _add(self, fragment: Mapping[str, Any]) -> None:
        block = self._block_of(fragment)
        for name, value in fragment.items():
            if name in _JOINED_FIELDS and isinstance(value, str):
                buffer = block.get(name)
                if not isinstance(buffer, TextBuffer):
                    buffer = block[name] = TextBuffer()
                buffer.add(value)
            elif value is not None or name not in block:
                block[name] = value

    def _block_of(self, fragment: Mapping[str, Any]) -> dict[str, Any]:
        index, kind = fragment.get("index"), fragment.get("type")
        if isinstance(index, int):
            found = self._by_key.get((index, str(kind)))
            if found is not None and _has_other_id(found, fragment):
                found = None
        else:
            found = self._blocks[-1] if self._blocks else None
            if found is not None and not _is_same_block(found, fragment):
                found = None
        if found is None:
            found = {}
            self._blocks.append(found)
            if isinstance(index, int):
                self._by_key[index, str(kind)] = found
        return found


def _has_other_id(block: Mapping[str, Any], fragment: Mapping[str, Any]) -> bool:
    """Whether a fragment has another id than a block: some services send one index for all."""
    return None not in (block.get("id"), fragment.get("id")) and block["id"] != fragment["id"]


def _is_same_block(block: Mapping[str, Any], fragment: Mapping[str, Any]) -> bool:
    same = all(block.get(name) == fragment.get(name) for name in ("index", "type", "id"))
    return same and "data" not in fragment and not block.get("signature")


def _plain(value: Any) -> Any:
    return mended(value.value()) if isinstance(value, TextBuffer) else json_safe(value)


class TurnState:
    """Collects the state of an answer.

    Args:
        model: the model that was asked.
    """

    def __init__(self, model: str) -> None:
        self._model = model
        self._texts: dict[str, TextBuffer] = {}
        self._details: Details | None = None

    def add(self, name: str, text: str) -> None:
        """Append text to a field of reasoning."""
        if (buffer := self._texts.get(name)) is None:
            buffer = self._texts[name] = TextBuffer()
        buffer.add(text)

    def add_details(self, fragments: object) -> None:
        """Append fragments of ``reasoning_details``."""
        if self._details is None:
            self._details = Details()
        self._details.add(fragments)

    def take(self, extras: list[dict[str, Any]], calls_tools: bool) -> dict[str, Any] | None:
        """Return an item of what was added since the last one, ``None`` if that is nothing.

        With tool calls, empty reasoning is kept too: some services require the field.
        """
        texts = {name: mended(buffer.value()) for name, buffer in self._texts.items()}
        item: dict[str, Any] = {name: text for name, text in texts.items() if text or calls_tools}
        if self._details is not None and (details := self._details.value()):
            item["reasoning_details"] = details
        if extras:
            item["tool_calls"] = extras
        self._texts, self._details = {}, None
        return {"model": self._model, **item} if item else None


def state_of(
    message: Mapping[str, Any], model: str, extras: list[dict[str, Any]], calls_tools: bool
) -> dict[str, Any] | None:
    """Return the state of a whole answer's message, ``None`` if it has none."""
    if not extras and _STATE_FIELDS.isdisjoint(message):
        return None
    state = TurnState(model)
    for name in REASONING_FIELDS:
        if isinstance(text := message.get(name), str):
            state.add(name, text)
    item = state.take(extras, calls_tools)
    if blocks := list_of_mappings(message.get("reasoning_details")):
        item = {"model": model, **(item or {}), "reasoning_details": json_safe(blocks)}
    return item


def fields_of(state: Sequence[StateItem], model: str) -> dict[str, Any]:
    """Return the fields of a state that a message carries back to a model.

    Args:
        state: the items that the message holds for the provider.
        model: the model that is asked now.
    """
    fields: dict[str, Any] = {}
    blocks: list[list[Any]] = []
    extras: list[Any] = []
    items = [item for item in state if item.get("model", model) == model]
    for item in (item for item in items if "model" in item):
        for name in REASONING_FIELDS:
            if isinstance(text := item.get(name), str):
                fields[name] = fields.get(name, "") + text
        if found := list_of_mappings(item.get("reasoning_details")):
            blocks.append(found)
        extras += list_of_mappings(item.get("tool_calls"))
    if blocks:
        fields["reasoning_details"] = blocks[0] if len(blocks) == 1 else _joined_details(blocks)
    for own in (item for item in items if "model" not in item):
        fields.update({name: value for name, value in own.items() if name in _OWN_FIELDS})
        extras = [*list_of_mappings(own.get("tool_calls")), *extras]
    return {**fields, "tool_calls": extras} if extras else fields


def _joined_details(blocks: list[list[Any]]) -> list[dict[str, Any]]:
    details = Details()
    for found in blocks:
        details.add(found)
    return details.value()
