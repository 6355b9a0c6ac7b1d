"""Shows an answer as text, as one JSON object, or as one line of JSON per event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from provider_sdk import ChatChunk, ObservedAttempt, ProviderError

from ollama_cli.terminal.answers import (
    SCHEMA,
    Answer,
    answer_fields,
    cleaned,
    tool_call_fields,
    usage_fields,
)
from ollama_cli.terminal.escapes import (
    EscapeFilter,
    on_one_line,
    without_escapes,
)
from ollama_cli.terminal.json_text import shown_number
from ollama_cli.terminal.output import print_err, print_err_json, write, write_json

_Cleaner = Callable[[str], str]
_LONGEST_REASON = 300


class Renderer(Protocol):
    """Shows one answer while it arrives.

    The methods are called in this order: ``fallback`` per provider that could not answer,
    ``start``, ``chunk`` per piece, ``finish`` if the answer is complete, and ``close`` always. An
    answer that was not streamed is a single piece.
    """

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Show that another provider is asked, as ``Observer.fallback`` is told."""

    def start(self, provider: str, model: str | None) -> None:
        """Note that a provider has begun to answer."""

    def chunk(self, chunk: ChatChunk) -> None:
        """Show a piece."""

    def finish(self, answer: Answer) -> None:
        """Show what only the complete answer contains, such as usage."""

    def close(self) -> None:
        """Complete the output; nothing follows."""


def make_renderer(output_format: str, *, raw: bool, verbose: bool) -> Renderer:
    """Return the renderer for the format ``text``, ``json`` or ``stream-json``."""
    if output_format == "json":
        return JsonRenderer(raw=raw)
    if output_format == "stream-json":
        return EventRenderer(raw=raw)
    return TextRenderer(raw=raw, verbose=verbose)


class TextRenderer:
    """Writes the text as it arrives; everything else goes to standard error, a line each."""

    def __init__(self, *, raw: bool, verbose: bool) -> None:
        self._verbose = verbose
        self._clean = _cleaner(raw)
        self._clean_reasoning = EscapeFilter().feed
        self._mid_line = False
        self._thinking = ""
        self._told: set[str] = set()

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Show the note and the reason on one line."""
        self._told.add(note)
        reason = error.message[:_LONGEST_REASON]
        if not note.startswith(f"{attempt.provider} "):
            reason = f"{attempt.provider}: {reason}"  # the note names the local one that was left
        print_err(f"Fallback: {on_one_line(f'{note} ({reason})')}")

    def start(self, provider: str, model: str | None) -> None:
        """Show nothing; the first piece begins the text."""

    def chunk(self, chunk: ChatChunk) -> None:
        """Write the text at once and, if ``verbose``, each complete line of reasoning."""
        if self._verbose and chunk.reasoning:
            self._think(chunk.reasoning)
        self._write(self._clean(chunk.text))

    def finish(self, answer: Answer) -> None:
        """Show a refusal, then warnings, tool calls and, if ``verbose``, details."""
        response = answer.response
        self._write(self._clean(response.refusal or ""))
        self.close()
        for warning in response.warnings:
            if warning not in self._told:
                print_err(f"Warning: {without_escapes(warning)}")
        for call in response.tool_calls:
            tool_call = f"{call.name} {call.arguments_text}".rstrip()
            print_err(f"Tool call: {without_escapes(tool_call)}")
        if self._verbose:
            print_err(without_escapes(_details(answer)))

    def close(self) -> None:
        """End the last line."""
        if self._thinking:
            self._think("\n")
        if self._mid_line:
            self._write("\n")

    def _write(self, text: str) -> None:
        if text:
            if self._thinking:
                self._think("\n")
            write(text)
            self._mid_line = not text.endswith("\n")

    def _think(self, reasoning: str) -> None:
        *lines, self._thinking = (self._thinking + self._clean_reasoning(reasoning)).split("\n")
        for line in lines:
            print_err(line)


class JsonRenderer:
    """Writes one object when the answer is complete, and each fallback to standard error."""

    def __init__(self, *, raw: bool) -> None:
        self._raw = raw
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
        write_json(answer_fields(answer, raw=self._raw))
        _print_fallbacks(self._fallbacks)

    def close(self) -> None:
        """Do nothing; the object is complete."""


class EventRenderer:
    """Writes one line of JSON per event, as it arrives; fallbacks also to standard error."""

    def __init__(self, *, raw: bool) -> None:
        self._raw = raw
        self._fallbacks: list[dict[str, Any]] = []
        self._clean = _cleaner(raw)
        self._clean_reasoning = _cleaner(raw)

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Write who failed, why, and who is asked next."""
        fields = _fallback_fields(attempt, error, to, note)
        self._fallbacks.append(fields)
        write_json(fields)

    def start(self, provider: str, model: str | None) -> None:
        """Write who answers, and which model was asked."""
        _event("start", schema=SCHEMA, provider=provider, model=cleaned(model, self._raw))

    def chunk(self, chunk: ChatChunk) -> None:
        """Write text and reasoning; ``finish`` writes the complete tool calls."""
        if reasoning := self._clean_reasoning(chunk.reasoning):
            _event("reasoning", text=reasoning)
        if text := self._clean(chunk.text):
            _event("text", text=text)

    def finish(self, answer: Answer) -> None:
        """Write the tool calls, warnings and usage, then all that ``--format json`` writes."""
        for call in answer.response.tool_calls:
            _event("tool_call", **tool_call_fields(call, raw=self._raw))
        for warning in answer.response.warnings:
            _event("warning", message=cleaned(warning, self._raw))
        if usage := usage_fields(answer.usage):
            _event("usage", **usage)
        _event("finish", **answer_fields(answer, raw=self._raw))
        _print_fallbacks(self._fallbacks)

    def close(self) -> None:
        """Do nothing; every line is complete."""


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


def _event(kind: str, **fields: Any) -> None:
    write_json({"type": kind, **fields})


def _cleaner(raw: bool) -> _Cleaner:
    return str if raw else EscapeFilter().feed


def _count(tokens: int | None) -> float | None:
    return None if tokens is None else shown_number(tokens)


def _details(answer: Answer) -> str:
    response, usage = answer.response, answer.usage
    facts = {
        "model": response.model,
        "served by": response.served_by,
        "finish reason": response.finish_reason,
        "prompt tokens": usage and _count(usage.prompt_tokens),
        "completion tokens": usage and _count(usage.completion_tokens),
        "usage": "estimated" if usage and usage.source == "estimated" else None,
        "cost": None if answer.cost_usd is None else f"${answer.cost_usd:f}",
        "request": response.request_id,
        "seconds": f"{answer.duration_s:.2f}",
    }
    known = (f"{name} {value}" for name, value in facts.items() if value is not None)
    return f"{answer.route.provider}: {', '.join(known)}"
