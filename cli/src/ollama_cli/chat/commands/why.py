"""``/why``: who would answer, and why the others would not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.commands.why import explanation

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat


async def run(chat: Chat, argument: str) -> None:
    """Tell who would answer now, why the others would not, and who did last.

    Those that may be asked are asked whether they are healthy; no question is sent.
    """
    world = chat.world
    chat.show(await explanation(world.router, chat.choice, world.settings))
