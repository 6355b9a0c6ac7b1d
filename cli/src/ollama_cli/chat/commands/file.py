"""``/file``: what goes with the next message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.chat.attaching import attach

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ollama_cli.chat.chat import Chat

USAGE = "[FILE|-]"
_NONE = "-"


async def run(chat: Chat, argument: str) -> None:
    """Show what goes with the next message, or attach a file to it.

    A file that is named here is not asked about, also if it is hidden. A dash takes all away.
    """
    place = argument.strip()
    if place and place != _NONE:
        await attach(chat, place, image=False)
        return
    if place:
        chat.attached.clear()
    if not chat.attached:
        chat.show("nothing is attached")
    for each in chat.attached:
        chat.show(f"attached: {each.shown}")


def values(chat: Chat) -> Mapping[str, str]:
    """Return what it takes besides a file."""
    return {_NONE: "takes all away"} if chat.attached else {}
