"""``/usage``: the tokens of this session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provider_sdk import UsageCounter

from ollama_cli.terminal.answers import count
from ollama_cli.terminal.counted import counted
from ollama_cli.terminal.pairs import pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provider_sdk import UsageRow

    from ollama_cli.chat.chat import Chat


async def run(chat: Chat, argument: str) -> None:
    """Show the tokens of this session, by provider and model.

    Figures are those that the service reported, or else estimates; a line says which. Calls that
    failed and summaries are counted. /cost shows what it cost.
    """
    counter = UsageCounter()
    counter.merge(chat.session.calls())
    rows = counter.rows(("provider", "model"))
    if not rows:
        chat.show("no call was made in this session yet")
        return
    chat.show(pairs(_lines(rows)))


def _lines(rows: list[UsageRow]) -> Iterator[tuple[str, str]]:
    for row in rows:
        calls = counted(row.calls, "call")
        failed = f", {row.failed} without a whole answer" if row.failed else ""
        tokens = f"{count(row.prompt_tokens)} in, {count(row.completion_tokens)} out"
        yield f"{row.provider} {row.model}", f"{tokens} ({row.source}), {calls}{failed}"
