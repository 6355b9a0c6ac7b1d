"""``/image``: attaches an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ollama_cli.chat.attaching import attach

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

USAGE = "FILE|URL"


async def run(chat: Chat, argument: str) -> None:
    """Let an image go with the next message: PNG, JPEG, GIF or WebP.

    The address of an image is not fetched here: the service reads it. /file shows what is attached.
    """
    if not argument.strip():
        raise click.UsageError("write /image FILE or /image URL; /file shows what is attached")
    await attach(chat, argument.strip(), image=True)
