"""An answer as text on standard output; all that is known of it goes to standard error."""

from __future__ import annotations

from provider_sdk import ChatChunk, ObservedAttempt, ProviderError

from ollama_cli.terminal.answers import Answer
from ollama_cli.terminal.escapes import cleaner, on_one_line, without_escapes
from ollama_cli.terminal.json_text import shown_number
from ollama_cli.terminal.output import Write, print_err, write
from ollama_cli.terminal.pages import Page
from ollama_cli.terminal.reasoning import Reasoning
from ollama_cli.terminal.usage_line import usage_line

_LONGEST_REASON = 300
_CUT = {
    "length": "the answer is cut off: it reached its limit, which -o max_tokens sets, or the "
    "model's window is full",
    "content_filter": "the answer is cut off by a filter of the service",
}
"""What to say of an answer that ended early, by its finish reason."""


class TextRenderer:
    """Writes the text as it arrives; everything else goes to standard error, a line each.

    Args:
        page: how the text looks.
        raw: whether terminal escapes of the model are kept.
        verbose: whether to show details of the answer.
        reasoning: whether to show reasoning.
        usage: whether to show tokens and cost.
        plain: whether reasoning has no styles, and comes in whole lines.
        write: takes the text.
    """

    def __init__(
        self,
        page: Page,
        *,
        raw: bool = False,
        verbose: bool = False,
        reasoning: bool = False,
        usage: bool = False,
        plain: bool = False,
        write: Write = write,
    ) -> None:
        self._page = page
        self._clean = cleaner(raw)
        self._verbose = verbose
        self._reasoning = Reasoning(plain=plain) if reasoning else None
        self._usage = usage
        self._out = write
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
        """Write the text at once, and reasoning if it is to be shown."""
        if self._reasoning is not None and chunk.reasoning:
            self._reasoning.feed(chunk.reasoning)
        self._write(self._page.feed(self._clean(chunk.text)))

    def finish(self, answer: Answer) -> None:
        """Show a refusal, then warnings, tool calls and what else was asked for."""
        response = answer.response
        self._write(self._page.feed(self._clean(response.refusal or "")))
        self.close()
        cut = _CUT.get(response.finish_reason)
        for note in [*([cut] if cut else []), *self._page.notes]:
            print_err(f"Warning: {note}")
        for warning in response.warnings:
            if warning not in self._told:
                print_err(f"Warning: {without_escapes(warning)}")
        for call in response.tool_calls:
            tool_call = f"{call.name} {call.arguments_text}".rstrip()
            print_err(f"Tool call: {without_escapes(tool_call)}")
        if self._verbose:
            print_err(without_escapes(_details(answer)))
        if self._usage:
            print_err(on_one_line(usage_line(answer)))

    def close(self) -> None:
        """End the last line."""
        if self._reasoning is not None:
            self._reasoning.end()
        self._write(self._page.end())

    def _write(self, text: str) -> None:
        if text:
            if self._reasoning is not None:
                self._reasoning.end()
            self._out(text)


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
