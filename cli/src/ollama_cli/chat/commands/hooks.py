"""``/hooks``: what listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.commands.hooks import listed

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat


async def run(chat: Chat, argument: str) -> None:
    """Show which hooks listen: yours, and those of a trusted project."""
    hooks = chat.world.hooks
    chat.show(listed(hooks))
    if hooks.off and hooks.all:
        chat.note(f"none of them is run, because {hooks.off}")
