"""An answer as one JSON object, or as one line of JSON per event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provider_sdk import ChatChunk, ObservedAttempt, ProviderError

from ollama_cli.terminal.answers import (
    SCHEMA,
    Answer,
    answer_fields,
    cleaned,
    tool_call_fields,
    usage_fields,
)
from ollama_cli.terminal.escapes import cleaner, without_escapes
from ollama_cli.terminal.output import Write, print_err_json, write, write_json


class JsonRenderer:
    """Writes one object when the answer is complete, and each fallback to standard error."""

    def __init__(self, *, raw: bool, write: Write = write) -> None:
        self._raw = raw
        self._write = write
        self._fallbacks: list[dict[str, Any]] = []

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Keep it for ``finish``; an error names all that were asked, and stands alone."""
        self._fallbacks.append(_fallback_fields(attempt, error, to, note))

    def start(self, provider: str, model: str | None) -> None:
        """Show nothing."""

    def chunk(self, chunk: ChatChunk) -> None:
        """Show nothing; the object contains all pieces."""

    def finish(self, answer: Answer) -> None:
        """Write the object, then the fallbacks."""
        write_json(answer_fields(answer, raw=self._raw), self._write)
        _print_fallbacks(self._fallbacks)

    def close(self) -> None:
        """Do nothing; the object is complete."""


class EventRenderer:
    """Writes one line of JSON per event, as it arrives; fallbacks also to standard error."""

    def __init__(self, *, raw: bool, write: Write = write) -> None:
        self._raw = raw
        self._write = write
        self._fallbacks: list[dict[str, Any]] = []
        self._clean = cleaner(raw)
        self._clean_reasoning = cleaner(raw)

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Write who failed, why, and who is asked next."""
        fields = _fallback_fields(attempt, error, to, note)
        self._fallbacks.append(fields)
        write_json(fields, self._write)

    def start(self, provider: str, model: str | None) -> None:
        """Write who answers, and which model was asked."""
        self._event("start", schema=SCHEMA, provider=provider, model=cleaned(model, self._raw))

    def chunk(self, chunk: ChatChunk) -> None:
        """Write text and reasoning; ``finish`` writes the complete tool calls."""
        if reasoning := self._clean_reasoning(chunk.reasoning):
            self._event("reasoning", text=reasoning)
        if text := self._clean(chunk.text):
            self._event("text", text=text)

    def finish(self, answer: Answer) -> None:
        """Write the tool calls, warnings and usage, then all that ``--format json`` writes."""
        for call in answer.response.tool_calls:
            self._event("tool_call", **tool_call_fields(call, raw=self._raw))
        for warning in answer.response.warnings:
            self._event("warning", message=cleaned(warning, self._raw))
        if usage := usage_fields(answer.usage):
            self._event("usage", **usage)
        self._event("finish", **answer_fields(answer, raw=self._raw))
        _print_fallbacks(self._fallbacks)

    def close(self) -> None:
        """Do nothing; every line is complete."""

    def _event(self, kind: str, **fields: Any) -> None:
        write_json({"type": kind, **fields}, self._write)


def _fallback_fields(
    attempt: ObservedAttempt, error: ProviderError, to: str, note: str
) -> dict[str, Any]:
    return {
        "type": "fallback",
        "provider": attempt.provider,
        "model": without_escapes(attempt.model) or None,
        "error": {"type": type(error).__name__, "message": without_escapes(error.message)},
        "to": to,
        "message": note,
    }


def _print_fallbacks(fallbacks: Sequence[Mapping[str, Any]]) -> None:
    for fields in fallbacks:
        print_err_json(fields)
