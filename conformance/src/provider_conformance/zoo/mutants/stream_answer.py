"""Mutants that STREAM must kill for what they lose at the end, and what their streams say."""

from __future__ import annotations

from dataclasses import replace

from provider_sdk import ChatChunk, ChatResponse, ChatStream, Delta

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.mutants.stream import Restreaming
from provider_conformance.zoo.reference import Mutable


@mutant("PC-STREAM-020", "the joined texts of the chunks")
class FinishHasNoText(Mutable):
    """Reads the event with the finish reason for that only."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, text="") if delta.finish_reason else delta


@mutant("PC-STREAM-020", "tool_calls of the streamed answer")
class FinishHasNoCall(Mutable):
    """Does not look for fragments of calls beside the finish reason."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, tool_calls=()) if delta.finish_reason else delta


@mutant("PC-STREAM-020", "usage of the streamed answer")
class TextHasNoUsage(Mutable):
    """Reads usage only from events that hold nothing else."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, usage=None) if delta.text or delta.tool_calls else delta


@mutant("PC-STREAM-020", "the joined texts of the chunks")
class FirstEventHasNoText(Mutable):
    """Takes the event that names the model for a greeting."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, text="") if delta.model else delta


class _ShowsResponse(ChatStream):
    def __repr__(self) -> str:
        return f"<{self.response.text}>"


@mutant("PC-STREAM-021", "the repr of a stream before its first chunk: a text")
class ReprReadsResponse(Restreaming):
    """Shows the response of a stream that has none yet."""

    kind = _ShowsResponse


class _ShowsKey(ChatStream):
    key = ""

    def __repr__(self) -> str:
        return f"<stream with {self.key}>"


@mutant("PC-STREAM-021", "shows: no credential")
class ReprTellsKey(Restreaming):
    """Shows the credential with which a stream was opened."""

    kind = _ShowsKey

    def __init__(self, **config: object) -> None:
        super().__init__(**config)  # type: ignore[arg-type]
        _ShowsKey.key = str(config.get("api_key"))


class _TextOnly(ChatStream):
    @property
    def partial(self) -> ChatResponse:
        found = super().partial
        return found if found.raw_finish_reason else ChatResponse(text=found.text)


@mutant("PC-STREAM-022", "reasoning of stream.partial")
class PartialIsText(Restreaming):
    """Has only the text of what came so far."""

    kind = _TextOnly


class _ThereOnceClosed(ChatStream):
    has_closed = False

    @property
    def response(self) -> ChatResponse:
        return self.partial if self.has_closed else super().response

    async def aclose(self) -> None:
        await super().aclose()
        self.has_closed = True


@mutant("PC-STREAM-023", "the response of a stream after an early close")
class ClosedIsWhole(Restreaming):
    """Takes a stream that was closed for one that ended."""

    kind = _ThereOnceClosed


@mutant("PC-END-035", "error.partial.reasoning")
class CutAnswerIsText(Restreaming):
    """Keeps only the text of a cut answer."""

    kind = _TextOnly


@mutant("PC-STREAM-020", "the joined texts of the chunks")
class CallHasNoText(Mutable):
    """Reads an event with a fragment of a call for that only."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, text="") if delta.tool_calls else delta


class _TextFirst(ChatStream):
    async def __anext__(self) -> ChatChunk:
        chunk = await super().__anext__()
        return replace(chunk, reasoning="") if chunk.text else chunk


@mutant("PC-STREAM-020", "the joined reasoning of the chunks")
class ChunkIsTextOrReasoning(Restreaming):
    """Has no place for reasoning in a chunk that has text."""

    kind = _TextFirst
