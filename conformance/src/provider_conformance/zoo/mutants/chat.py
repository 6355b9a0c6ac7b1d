"""Mutants that CHAT must kill for what they make of answers."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from provider_sdk import (
    ChatCall,
    ChatResponse,
    Delta,
    HttpReply,
    OpenAIDialect,
    ProviderResponseError,
)

from provider_conformance.wires import OpenAIWire
from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


@mutant("PC-CHAT-001", "response.text")
class FormatsText(Mutable):
    """Puts the words of the answer on one line."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, text=" ".join(response.text.split()))


@mutant("PC-CHAT-001", "response.text")
class StripsText(Mutable):
    """Takes the white space off the ends of the answer."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, text=response.text.strip())


@mutant("PC-CHAT-015", "response.model of the whole answer: served/")
class ReportsAskedModel(Mutable):
    """Takes the model that was asked for the one that answered."""

    async def chat(
        self, messages: Any, model: str | None = None, stream: bool = False, **o: Any
    ) -> Any:
        """Answer with the wrong name."""
        response = await super().chat(messages, model, stream, **o)
        return response if stream else replace(response, model=model)  # type: ignore[type-var]


@mutant("PC-CHAT-015", "response.model of the streamed answer: served/")
class ForgetsStreamedModel(Mutable):
    """Does not read the model from the events of a stream."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, model=None)


class _Finishes(Mutable):
    """Takes one finish reason for another, whole and streamed."""

    words: ClassVar[Mapping[Any, Any]]

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, finish_reason=self._word(response.finish_reason))

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, finish_reason=delta.finish_reason and self._word(delta.finish_reason))

    def _word(self, word: Any) -> Any:
        return self.words.get(word, word)


@mutant("PC-CHAT-016", "finish_reason of the whole answer: stop")
class NeverStops(_Finishes):
    """Does not know the word for an ordinary end."""

    words: ClassVar[Any] = {"stop": "other"}


@mutant("PC-CHAT-017", "finish_reason of the whole answer: length")
class TakesLimitForEnd(_Finishes):
    """Takes an answer that the limit cut for a whole one."""

    words: ClassVar[Any] = {"length": "stop"}


@mutant("PC-CHAT-017", "finish_reason of the streamed answer: length")
class StreamsAlwaysStop(Mutable):
    """Takes every stream that ended for a whole answer."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, finish_reason=delta.finish_reason and "stop")


@mutant("PC-CHAT-018", "finish_reason of the whole answer: content_filter")
class FilterIsStop(_Finishes):
    """Takes a filtered answer for a whole one."""

    words: ClassVar[Any] = {"content_filter": "stop"}


@mutant("PC-CHAT-019", "finish_reason of the whole answer: other")
class UnknownIsStop(_Finishes):
    """Takes whatever it does not know for an ordinary end."""

    words: ClassVar[Any] = {"other": "stop"}


@mutant("PC-CHAT-020", "raw_finish_reason of the whole answer: stop")
class DropsWireWord(Mutable):
    """Keeps only the contract's word for the end."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, raw_finish_reason=None)


@mutant("PC-CHAT-021", "finish_reason of the whole answer: length")
class EmptyIsSuccess(Mutable):
    """Takes an answer without a word for one that ended well."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return response if response.text else replace(response, finish_reason="stop")


class _TextOfNull(OpenAIDialect):
    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        response = super().parse_chat(call, reply)
        return replace(response, text=str(response.raw["choices"][0]["message"]["content"]))


@mutant("PC-CHAT-021", "text of the whole answer")
class SpellsNull(Mutable):
    """Writes null content out as a word."""

    dialect: ClassVar[Any] = _TextOfNull()


@mutant("PC-CHAT-022", "text of the empty whole answer")
class EmptyIsNone(Mutable):
    """Has no text when the text is empty."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, text=response.text or None)  # type: ignore[arg-type]


@mutant("PC-CHAT-023", "text of the whole answer")
class ThinksAloud(Mutable):
    """Puts the reasoning before the text."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, text=f"{response.reasoning or ''}{response.text}")


@mutant("PC-CHAT-023", "reasoning of the streamed answer")
class ForgetsStreamedReasoning(Mutable):
    """Does not read reasoning from a stream."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, reasoning="")


@mutant("PC-CHAT-024", "warnings of the whole answer: []")
class RepeatsWarnings(Mutable):
    """Adds the warnings of earlier answers to every answer."""

    told: tuple[str, ...] = ()

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        self.told += tuple(response.warnings)
        return replace(response, warnings=self.told)


@mutant("PC-CHAT-024", "reasoning of the whole answer: None")
class EmptyReasoning(Mutable):
    """Says that the model thought nothing, when nobody said so."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, reasoning=response.reasoning or "")


@mutant("PC-CHAT-025", "text of the whole answer")
class LeavesThinkingInText(Mutable):
    """Shows the tags and thoughts that a model wrote into its answer."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        if response.reasoning is None:
            return response
        text = f"<think>{response.reasoning}</think>{response.text}"
        return replace(response, text=text, reasoning=None)


@mutant("PC-CHAT-025", "text of the streamed answer")
class SplitsWholeTagsOnly(Mutable):
    """Looks for thinking in each piece of a stream by itself."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        if delta.text_was_reasoning or not delta.reasoning:
            return delta
        return replace(delta, text=f"<think>{delta.reasoning}{delta.text}", reasoning="")


@mutant("PC-CHAT-026", "text of the whole answer")
class TakesTagsOut(Mutable):
    """Removes everything that looks like a tag."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, text=re.sub(r"<[^>]*>", "", response.text))


@mutant("PC-CHAT-026", "text of the whole answer")
class EscapesText(Mutable):
    """Escapes the answer for a page that it knows nothing of."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, text=html.escape(response.text))


@mutant("PC-CHAT-027", "refusal of the whole answer")
class RefusalIsText(Mutable):
    """Hands a refusal out as the answer."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, text=response.text or response.refusal or "", refusal=None)


@mutant("PC-CHAT-028", "response.to_dict(): plain JSON")
class KeepsClientObject(Mutable):
    """Puts an object of its client library into raw."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, raw=object())


@mutant("PC-CHAT-029", "tool_calls of the whole answer: to hold ToolCall only")
class NoCallsAreNone(Mutable):
    """Has None when an answer calls no tool."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, tool_calls=None)  # type: ignore[arg-type]


@mutant("PC-CHAT-029", "finish_reason of the whole answer: in (")
class OwnFinishWord(_Finishes):
    """Has a word of its own for the end of an answer."""

    words: ClassVar[Any] = {"stop": "completed"}


@mutant("PC-CHAT-030", "response.raw: to hold")
class DropsRaw(Mutable):
    """Throws the service's answer away."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, raw=None)


class _Strict(OpenAIDialect):
    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        response = super().parse_chat(call, reply)
        if any(name.startswith("x_") for name in response.raw):
            raise ProviderResponseError("the answer holds a field that is not in the schema")
        return response


@mutant("PC-CHAT-032", "an answer with unknown fields: to be read")
class ValidatesStrictly(Mutable):
    """Rejects answers with fields that its schema does not have."""

    dialect: ClassVar[Any] = _Strict()


@mutant("PC-CHAT-033", "request_id of the whole answer")
class DropsRequestId(Mutable):
    """Does not read the headers of an answer."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, request_id=None)


@mutant("PC-CHAT-033", "served_by", wire=OpenAIWire(backend_header="x-back-end"))
class IgnoresBackEnd(Mutable):
    """Does not read which back end a router chose."""
