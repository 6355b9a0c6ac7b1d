"""``/copy``: the last answer on the clipboard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from ollama_cli.chat.shown import shown
from ollama_cli.terminal import clipboard
from ollama_cli.terminal.code import code_blocks
from ollama_cli.terminal.counted import counted
from ollama_cli.terminal.escapes import without_escapes
from ollama_cli.terminal.tmux import copies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ollama_cli.chat.chat import Chat

USAGE = "[N|code [N]]"
_CALL = re.compile(r"(code)?\s*(\d{1,6})?", re.IGNORECASE)


async def run(chat: Chat, argument: str) -> None:
    """Copy the last answer, or the code in it, to the clipboard of the terminal.

    `/copy 2` copies the answer before the last, `/copy code` the first code block of the last
    answer, and `/copy code 2` the second. It works over ssh, too, if the terminal permits it (OSC
    52): terminals do not tell whether they did. Control characters are left out.
    """
    found = _CALL.fullmatch(argument.strip())
    number = int(found[2] or 1) if found else 0
    if found is None or number < 1:
        raise click.UsageError(
            f"write /copy, /copy 2, /copy code or /copy code 2, not {shown(argument)}"
        )
    text, what = _code(chat, number) if found[1] else _answer(chat, number)
    text = without_escapes(text)
    clipboard.require_short(text)
    hint = ""
    if not await copies(text, chat.world.settings.values):
        chat.view.copy(text)
        hint = clipboard.hint()
    size = counted(len(text), "character")
    chat.show(f"copied {what}: {size}{f' ({hint})' if hint else ''}")


def values(chat: Chat) -> Mapping[str, str]:
    """Return what it takes."""
    return {"code": "the code of the last answer", "2": "the answer before the last"}


def _answer(chat: Chat, number: int) -> tuple[str, str]:
    """Return the answer that is so many before the end, from 1, and what to call it."""
    answers = _answers(chat)
    if number > len(answers):
        raise click.UsageError(_too_few(len(answers), "answer"))
    if not answers[-number]:
        raise click.UsageError("this answer has no text to copy")
    which = {1: "the last answer", 2: "the answer before the last"}
    return answers[-number], which.get(number, f"answer {number} from the end")


def _code(chat: Chat, number: int) -> tuple[str, str]:
    blocks = code_blocks(_answer(chat, 1)[0])
    if number > len(blocks):
        raise click.UsageError(_too_few(len(blocks), "code block", " in the last answer"))
    of = f" {number} of {len(blocks)}" if len(blocks) > 1 else ""
    return blocks[number - 1], f"the code block{of}"


def _too_few(count: int, what: str, where: str = "") -> str:
    if count == 0:
        return f"there is no {what} to copy{where}"
    return f"there {'is' if count == 1 else 'are'} only {counted(count, what)}{where}"


def _answers(chat: Chat) -> list[str]:
    """Return the answers of this conversation, those that were interrupted too."""
    turns = chat.session.conversation(None, []).turns
    texts = [
        "".join(message.text for message in turn if message.role == "assistant") for turn in turns
    ]
    if not texts and chat.newest.answer is not None:
        return [chat.newest.answer.response.text]
    return texts
