"""The status line after the answer to the only question of a process."""

from __future__ import annotations

import sys

from ollama_cli.asking.exchange import Exchange
from ollama_cli.status_lines.answered import facts_of
from ollama_cli.status_lines.lines import StatusLine
from ollama_cli.terminal.answers import Answer
from ollama_cli.terminal.output import print_err


async def show_status_line(answer: Answer, exchange: Exchange) -> None:
    """Show the status line that the settings choose, if standard error is a terminal."""
    if not sys.stderr.isatty():
        return
    provider = exchange.router.get_provider(answer.route.provider)
    window = exchange.settings.values.get("context_window")
    facts = facts_of(answer, provider, exchange.session.calls(), window)
    if line := await StatusLine(exchange.settings).render(facts):
        print_err(line)
