"""Shows an answer as text, as one JSON object, or as one line of JSON per event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from provider_sdk import ChatChunk, ChatResponse, ToolCall, Usage

from ollama_cli.terminal.escapes import EscapeFilter, without_escapes
from ollama_cli.terminal.json_text import shown_number
from ollama_cli.terminal.output import print_err, write, write_json

SCHEMA = "ollama-cli/1"

_Cleaner = Callable[[str], str]


class Renderer(Protocol):
    """Shows one answer while it arrives.

    The methods are called in this order: ``start``, ``chunk`` per piece, ``finish`` if the answer
    is complete, and ``close`` always. An answer that was not streamed is a single piece.
    """

    def start(self) -> None:
        """Note that the service has begun to answer."""

    def chunk(self, chunk: ChatChunk) -> None:
        """Show a piece."""

    def finish(self, response: ChatResponse, duration_s: float) -> None:
        """Show what only the complete answer contains, such as usage."""

    def close(self) -> None:
        """Complete the output; nothing follows."""


def make_renderer(
    output_format: str, *, provider: str, model: str | None, raw: bool, verbose: bool
) -> Renderer:
    """Return the renderer for the format ``text``, ``json`` or ``stream-json``."""
    if output_format == "json":
        return JsonRenderer(provider, model, raw=raw)
    if output_format == "stream-json":
        return EventRenderer(provider, model, raw=raw)
    return TextRenderer(provider, raw=raw, verbose=verbose)


class TextRenderer:
    """Writes the text as it arrives; warnings, and details if ``verbose``, go to standard error."""

    def __init__(self, provider: str, *, raw: bool, verbose: bool) -> None:
        self._provider = provider
        self._verbose = verbose
        self._clean = _cleaner(raw)
        self._clean_reasoning = EscapeFilter().feed
        self._mid_line = False
        self._thinking = ""

    def start(self) -> None:
        """Show nothing; the first piece begins the text."""

    def chunk(self, chunk: ChatChunk) -> None:
        """Write the text at once and, if ``verbose``, each complete line of reasoning."""
        if self._verbose and chunk.reasoning:
            self._think(chunk.reasoning)
        self._write(self._clean(chunk.text))

    def finish(self, response: ChatResponse, duration_s: float) -> None:
        """Show a refusal, then warnings, tool calls and, if ``verbose``, details."""
        self._write(self._clean(response.refusal or ""))
        self.close()
        for warning in response.warnings:
            print_err(f"Warning: {without_escapes(warning)}")
        for call in response.tool_calls:
            tool_call = f"{call.name} {call.arguments_text}".rstrip()
            print_err(f"Tool call: {without_escapes(tool_call)}")
        if self._verbose:
            print_err(without_escapes(_details(self._provider, response, duration_s)))

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
    """Writes one object when the answer is complete."""

    def __init__(self, provider: str, model: str | None, *, raw: bool) -> None:
        self._provider = provider
        self._model = model
        self._raw = raw

    def start(self) -> None:
        """Show nothing."""

    def chunk(self, chunk: ChatChunk) -> None:
        """Show nothing; the object contains all pieces."""

    def finish(self, response: ChatResponse, duration_s: float) -> None:
        """Write the object."""
        clean = _cleaner(self._raw)
        write_json(
            {
                "schema": SCHEMA,
                "provider": self._provider,
                # A provider without a default model may find one by itself.
                "model": self._model or _cleaned(response.model or None, self._raw),
                "response_model": _cleaned(response.model or None, self._raw),
                "served_by": _cleaned(response.served_by, self._raw),
                "text": clean(response.text),
                "reasoning": _cleaned(response.reasoning, self._raw),
                "refusal": _cleaned(response.refusal, self._raw),
                "tool_calls": [_tool_call(call, self._raw) for call in response.tool_calls],
                "finish_reason": response.finish_reason,
                "usage": _usage(response.usage),
                **_totals(duration_s),
                "warnings": [_cleaned(warning, self._raw) for warning in response.warnings],
            }
        )

    def close(self) -> None:
        """Do nothing; the object is complete."""


class EventRenderer:
    """Writes one line of JSON per event, as it arrives."""

    def __init__(self, provider: str, model: str | None, *, raw: bool) -> None:
        self._provider = provider
        self._model = model
        self._raw = raw
        self._clean = _cleaner(raw)
        self._clean_reasoning = _cleaner(raw)

    def start(self) -> None:
        """Write which provider and model were asked."""
        _event("start", schema=SCHEMA, provider=self._provider, model=self._model)

    def chunk(self, chunk: ChatChunk) -> None:
        """Write text and reasoning; ``finish`` writes the complete tool calls."""
        if reasoning := self._clean_reasoning(chunk.reasoning):
            _event("reasoning", text=reasoning)
        if text := self._clean(chunk.text):
            _event("text", text=text)

    def finish(self, response: ChatResponse, duration_s: float) -> None:
        """Write the tool calls, warnings, usage and totals."""
        for call in response.tool_calls:
            _event("tool_call", **_tool_call(call, self._raw))
        for warning in response.warnings:
            _event("warning", message=_cleaned(warning, self._raw))
        if usage := _usage(response.usage):
            _event("usage", **usage)
        _event(
            "finish",
            finish_reason=response.finish_reason,
            refusal=_cleaned(response.refusal, self._raw),
            response_model=_cleaned(response.model or None, self._raw),
            served_by=_cleaned(response.served_by, self._raw),
            **_totals(duration_s),
        )

    def close(self) -> None:
        """Do nothing; every line is complete."""


def _event(kind: str, **fields: Any) -> None:
    write_json({"type": kind, **fields})


def _cleaner(raw: bool) -> _Cleaner:
    return str if raw else EscapeFilter().feed


def _cleaned(text: str | None, raw: bool) -> str | None:
    return text if text is None or raw else without_escapes(text)


def _tool_call(call: ToolCall, raw: bool) -> dict[str, Any]:
    # Arguments are data for a program, which must get them as they are.
    names = {"id": _cleaned(call.id, raw), "name": _cleaned(call.name, raw)}
    return {**names, "arguments": call.arguments}


def _usage(usage: Usage | None) -> dict[str, Any] | None:
    if usage is None:
        return None
    names = ("prompt_tokens", "completion_tokens", "total_tokens", "source")
    return {name: getattr(usage, name) for name in names}


def _totals(duration_s: float) -> dict[str, Any]:
    # Cost and session are part of the schema, but nothing sets them yet.
    return {"cost_usd": None, "session_id": None, "duration_s": round(duration_s, 3)}


def _count(tokens: int | None) -> float | None:
    return None if tokens is None else shown_number(tokens)


def _details(provider: str, response: ChatResponse, duration_s: float) -> str:
    usage = response.usage
    facts = {
        "model": response.model,
        "served by": response.served_by,
        "finish reason": response.finish_reason,
        "prompt tokens": usage and _count(usage.prompt_tokens),
        "completion tokens": usage and _count(usage.completion_tokens),
        "request": response.request_id,
        "seconds": f"{duration_s:.2f}",
    }
    known = (f"{name} {value}" for name, value in facts.items() if value is not None)
    return f"{provider}: {', '.join(known)}"
