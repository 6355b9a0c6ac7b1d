"""``/compact``: a summary in the place of older turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.asking.turns import Question, compact
from ollama_cli.terminal.pairs import fitted

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

USAGE = "[WHAT TO KEEP]"


async def run(chat: Chat, argument: str) -> None:
    """Replace older turns by a summary now; they stay in the stored session."""
    exchange = chat.exchange()
    renderer = chat.view.renderer(reasoning=False, verbose=exchange.verbose)
    exchange.watcher.reset(renderer)
    question = Question("", chat.system, False, chat.options)
    try:
        done = await compact(question, exchange, argument.strip())
    finally:
        renderer.close()
    if not done:
        chat.show(fitted("There is nothing to compact: what was said is short enough."))
