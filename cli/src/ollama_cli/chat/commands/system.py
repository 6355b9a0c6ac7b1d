"""``/system``: the system prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.terminal.escapes import without_escapes

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

USAGE = "[TEXT|-]"
_NONE = "-"


async def run(chat: Chat, argument: str) -> None:
    """Show the system prompt, or set it from now on.

    It may have several lines, and is kept with the session. A dash takes it away.
    """
    text = argument.strip()
    if text:
        chat.system = "" if text == _NONE else text
    system = chat.session.system(chat.system)
    chat.show(f"system prompt: {without_escapes(system)}" if system else "no system prompt")
