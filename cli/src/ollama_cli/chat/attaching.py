"""Files and images in the chat: what a message mentions, and what goes with the next one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

import click

from ollama_cli.chat.shown import looks_like_key
from ollama_cli.inputs.files import Attachment, Attachments, is_there
from ollama_cli.inputs.mentions import with_mentions
from ollama_cli.inputs.prompt import MAX_INPUT_BYTES, Prompt

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat
    from ollama_cli.chat.entries import Entry

_T = TypeVar("_T")
_QUOTED = re.compile(r"""(["'])(.+)\1""")
_ESCAPED = re.compile(r"\\(.)")


async def prompt_of(entry: Entry, chat: Chat) -> Prompt:
    """Return what a message asks, with the files that it mentions and those attached before.

    Raises:
        click.UsageError: a file must not be attached, or cannot be read.
    """
    if not any(piece.typed and "@" in piece.text for piece in entry.pieces):
        return Prompt(entry.text, list(chat.attached))
    before = list(chat.attached)

    def read(attached: Attachments) -> Prompt:
        text = ""
        for piece in entry.pieces:
            typed = with_mentions(piece.text, attached, text) if piece.typed else piece.text
            text += typed
        return Prompt(text, [*before, *attached.found])

    return await _in_thread(chat, read)


async def attach(chat: Chat, place: str, *, image: bool) -> None:
    """Let a file, or an image, go with the next message.

    Lines of a pipe attach only what ``@path`` may without being asked about: nobody has chosen the
    file, and the text may be somebody else's.

    Args:
        chat: the chat.
        place: a path as people type or drop it, or the address of an image.
        image: whether it must be an image.

    Raises:
        click.UsageError: it cannot be read, is too long, must not be attached, or is not what it
            should be.
    """
    expects = chat.view.is_typed

    def read(attached: Attachments) -> list[Attachment]:
        if looks_like_key(place) and not is_there(_path(place)):
            raise click.UsageError("this looks like a key, and not like the name of a file")
        if image and re.match("https?://", place, re.IGNORECASE):
            attached.add_image(place)
        elif not attached.add_chosen(_path(place), image=image, is_expected=expects):
            raise click.UsageError("this file goes with the next message already")
        return attached.found

    chat.attached.extend(await _in_thread(chat, read))


async def _in_thread(chat: Chat, read: Callable[[Attachments], _T]) -> _T:
    """Read files without holding up what is typed meanwhile."""
    asking = Asking(chat)
    attached = Attachments(MAX_INPUT_BYTES, asking.tell, asking.permit, chat.attached)
    try:
        return await asyncio.to_thread(read, attached)
    except asyncio.CancelledError:
        asking.stop()
        raise


class Asking:
    """Asks and tells through the chat, from a thread."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._loop = asyncio.get_running_loop()
        self._question: Future[bool] | None = None
        self._over = False

    def stop(self) -> None:
        """Take the question back; the answer is no."""
        self._over = True
        if self._question is not None:
            self._question.cancel()

    def tell(self, line: str) -> None:
        """Show a line, unless nobody waits for the files any more."""
        if not self._over:
            self._loop.call_soon_threadsafe(self._chat.note, line)

    def permit(self, shown: str, reason: str) -> None:
        """Ask whether a file may be attached; as ``Permit``."""
        if not self._chat.view.is_typed:
            raise click.UsageError(
                f"{shown} is not attached, because {reason}, and nobody can be asked; to attach it "
                "to the first message, give it by -f"
            )
        if not self._over and self._agrees(f"Attach {shown}, although {reason}?"):
            return
        raise click.UsageError(
            f"{shown} is not attached, because {reason}, so nothing was sent; to attach it all "
            f"the same: /file {shown}"
        )

    def _agrees(self, question: str) -> bool:
        self._question = asyncio.run_coroutine_threadsafe(
            self._chat.view.confirm(question), self._loop
        )
        if self._over:
            self._question.cancel()  # the question was asked, and taken back, before it was known
        try:
            return self._question.result()
        except CancelledError:
            return False


def _path(place: str) -> str:
    """Return the path that was typed, dropped or pasted: quoted, escaped, or as an address."""
    if is_there(place):
        return place
    if place.startswith("file://"):
        return unquote(urlsplit(place).path)
    quoted = _QUOTED.fullmatch(place)
    path = quoted[2] if quoted else _ESCAPED.sub(r"\1", place)
    try:
        return str(Path(path).expanduser())
    except RuntimeError:
        return path  # nobody has this home folder
