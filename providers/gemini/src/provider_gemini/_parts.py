"""Collects the parts of an answer, whole or from the chunks of a stream.

What the next turn must send back to the letter (signatures, thoughts, the ids of calls, the parts
of the service's own tools) becomes the answer's state: an item ``{"model", "parts": [part, …]}``
with all parts in their order. Text and tool calls stand in the message already; in their place is a
part without them, ``{"characters": 12}`` or ``{"functionCall": {"id": null}}``, with its
signature and with what was not sent of it. An answer of unsigned text and then of calls with ids
needs no state.

A text arrives in many parts. They are joined, but for those with a signature: it is valid for its
own part only (https://ai.google.dev/gemini-api/docs/thought-signatures).
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
    json_safe,
    list_of_mappings,
    mapping_or_empty,
    text_or_none,
)

from provider_gemini._pieces import PiecedArguments
from provider_gemini._wire import WireContent

_MEDIA = ("inlineData", "fileData")
_OF_CALL = ("id", "name", "args", "partialArgs", "willContinue")
_LOST_CALL = "a call of a tool was dropped: the service did not name the tool"


class _Run:
    """Parts of text that follow each other, as far as the next turn needs them.

    Attributes:
        characters: the length of the text that the message holds.
        thought: the text itself, if it is a thought.
        more: what else the part has, such as its signature.
    """

    __slots__ = ("characters", "more", "thought")

    def __init__(self, thought: TextBuffer | None, more: Mapping[str, Any]) -> None:
        self.characters = 0
        self.thought = thought
        self.more = more

    def state(self) -> dict[str, Any]:
        if self.thought is None:
            return {"characters": self.characters, **self.more}
        return {"text": self.thought.value(), "thought": True, **self.more}


class _Gain:
    """What some parts add to the answer; collected in lists, because a chunk may hold very many."""

    __slots__ = ("calls", "reasoning", "texts", "warning")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.reasoning: list[str] = []
        self.calls: list[ToolCallDelta] = []
        self.warning: str | None = None

    def delta(self) -> Delta:
        text, reasoning = "".join(self.texts), "".join(self.reasoning)
        return Delta(text, reasoning, tool_calls=self.calls or (), warning=self.warning)


class Parts:
    """The parts of one answer.

    Attributes:
        answer_id: the service's id of the answer, for calls that come without an id.
        have_changed: whether anything was added since ``state`` was last called.
        have_others: whether some are neither text nor calls: of the service's own tools, or media.
    """

    def __init__(self) -> None:
        self.answer_id: str | None = None
        self.have_changed = False
        self.have_others = False
        self._all: list[_Run | dict[str, Any]] = []
        self._run: _Run | None = None
        self._calls = 0
        self._pieces: PiecedArguments | None = None  # of the last call, if more may come
        self._needs_state = False
        self._thinking = ThinkSplitter()
        # A closing tag alone is text: Gemini never writes one that ends its reasoning.
        self._thinking.may_close_unopened = False
        # A service that marks its thoughts writes none into the text.
        self._tags_are_text = False
        self._joiner: CharacterJoiner | None = None

    def join_characters(self) -> None:
        """Join the halves of characters from now on: the service cuts them."""
        self._joiner = self._joiner or CharacterJoiner()

    def add(self, content: WireContent | None) -> Delta:
        """Take the content of a chunk; return what it adds to the answer."""
        parts = content.parts if content is not None else None
        if not parts:
            return Delta()
        self.have_changed = True
        if len(parts) == 1 and (plain := self._plain_text(parts[0])) is not None:
            return Delta(plain)
        gain = _Gain()
        for part in list_of_mappings(parts):
            self._add(part, gain)
        return gain.delta()

    def finish(self) -> Delta:
        """Return what was held back."""
        gain = _Gain()
        self._end_run(gain)
        self._end_call(gain)
        return gain.delta()

    def state(self, model: str) -> dict[str, Any] | None:
        """Return the state of the answer, ``None`` if the next turn needs none."""
        self.have_changed = False
        if not self._needs_state:
            return None
        kept = [part.state() if isinstance(part, _Run) else part for part in self._all]
        return {"model": model, "parts": json_safe(kept)}

    def _plain_text(self, part: object) -> str | None:
        """Return the text of a part that is like the one before it, as most are."""
        run = self._run
        if run is None or run.thought is not None or type(part) is not dict or len(part) != 1:
            return None
        text = part.get("text")
        if type(text) is not str or self._joiner is not None:
            return None
        if not self._tags_are_text and not self._thinking.take_plain(text):
            return None
        run.characters += len(text)
        return text

    def _add(self, part: Mapping[str, Any], gain: _Gain) -> None:
        call = part.get("functionCall")
        if isinstance(call, Mapping):
            self._end_run(gain)
            self._add_call(call, part, gain)
        elif isinstance(text := part.get("text"), str):
            self._add_text(text, part, gain)
        else:
            self._end_run(gain)
            self._keep(dict(part))
            self.have_others |= part.keys() != {"thoughtSignature"}
            media = next((part[kind] for kind in _MEDIA if kind in part), None)
            if media is not None and part.get("thought") is not True:
                gain.warning = _media_warning(mapping_or_empty(media))

    def _add_text(self, text: str, part: Mapping[str, Any], gain: _Gain) -> None:
        is_thought = part.get("thought") is True
        more = {name: part[name] for name in part if name not in ("text", "thought")}
        run = self._run
        if run is None or more or is_thought != (run.thought is not None):
            self._end_run(gain)
            run = self._run = _Run(TextBuffer() if is_thought else None, more)
            self._needs_state |= bool(more) or is_thought or bool(self._all)
            self._all.append(run)
        if is_thought:
            self._tags_are_text = True
        self._take(run, self._joiner.feed(text) if self._joiner else text, gain)
        if more:
            self._end_run(gain)

    def _take(self, run: _Run, text: str, gain: _Gain) -> None:
        if run.thought is not None:
            run.thought.add(text)
            gain.reasoning.append(text)
            return
        if not self._tags_are_text:
            split = self._thinking.feed(text)
            text = split.text
            gain.reasoning.append(split.reasoning)
        run.characters += len(text)
        gain.texts.append(text)

    def _end_run(self, gain: _Gain) -> None:
        run, self._run = self._run, None
        if run is None:
            return
        if self._joiner is not None:
            self._take(run, self._joiner.flush(), gain)
        if run.thought is None and not self._tags_are_text:
            rest = self._thinking.flush()
            run.characters += len(rest.text)
            gain.texts.append(rest.text)
            gain.reasoning.append(rest.reasoning)

    def _add_call(self, call: Mapping[str, Any], part: Mapping[str, Any], gain: _Gain) -> None:
        name = text_or_none(call.get("name"))
        if name is None:
            self._continue_call(call, gain)
            return
        self._end_call(gain)
        kept: dict[str, Any] = {name: call[name] for name in call if name not in _OF_CALL}
        kept |= {name: None for name in ("id", "args") if call.get(name) in (None, "")}
        more = {name: part[name] for name in part if name != "functionCall"}
        self._needs_state |= bool(more or kept)
        self._all.append({"functionCall": kept, **more})
        index, self._calls = self._calls, self._calls + 1
        id = call_id(call.get("id"), index, self.answer_id)
        if call.get("args") is None or call.get("willContinue") is True:
            self._pieces = PiecedArguments()
            self._pieces.add(call)
            gain.calls.append(ToolCallDelta(index, id, name))
        else:
            gain.calls.append(ToolCallDelta(index, id, name, arguments_text(call["args"])))

    def _continue_call(self, call: Mapping[str, Any], gain: _Gain) -> None:
        if self._pieces is not None:
            self._pieces.add(call)
        elif call:
            gain.warning = _LOST_CALL

    def _end_call(self, gain: _Gain) -> None:
        pieces, self._pieces = self._pieces, None
        if pieces is not None and (text := pieces.text()):
            gain.calls.append(ToolCallDelta(self._calls - 1, arguments_text=text))

    def _keep(self, part: dict[str, Any]) -> None:
        self._needs_state = True
        self._all.append(part)


def _media_warning(media: Mapping[str, Any]) -> str:
    kind = text_or_none(media.get("mimeType")) or "no type"
    return f"the answer holds media ({kind}) that is kept only in provider_data"
