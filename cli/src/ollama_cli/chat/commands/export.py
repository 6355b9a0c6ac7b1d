"""``/export``: the conversation in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ollama_cli.conversation.markdown import to_markdown
from ollama_cli.conversation.portable import export
from ollama_cli.inputs.files import is_there
from ollama_cli.terminal.counted import counted
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.out_file import OutFile
from ollama_cli.terminal.pairs import fitted

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

USAGE = "FILE"

_MARKDOWN = (".md", ".markdown")
_JSON = (".jsonl", ".json")
_OVERWRITE = "!"


async def run(chat: Chat, argument: str) -> None:
    """Write the conversation to a file: .md to read it, .jsonl for 'sessions import'."""
    name = argument.strip()
    may_overwrite = name.endswith(_OVERWRITE)
    path = _path(name.removesuffix(_OVERWRITE).rstrip())
    kind = path.suffix.lower()
    if kind not in (*_MARKDOWN, *_JSON):
        raise click.UsageError(
            "the name of the file says its form: NAME.md to read it, or NAME.jsonl for "
            "'ollama-cli sessions import'"
        )
    with chat.session.whole() as (store, session):
        if kind in _MARKDOWN:
            text = to_markdown(session, store.turns(session.id))
        else:
            text = f"{export(store, session)}\n"
    shown = on_one_line(str(path))
    if is_there(path) and not may_overwrite:
        question = f"{shown} is there already. Overwrite it?"
        if not await chat.view.confirm(question):
            raise click.ClickException(f"{shown} is left as it is; /export {name}! overwrites it")
    _write(path, text)
    chat.show(fitted(f"Wrote {counted(session.turns, 'turn')} to {shown}."))


def _path(name: str) -> Path:
    """Return the path that was typed; quotes and a ``~`` mean what they mean in a shell.

    Raises:
        click.UsageError: it is empty, or nobody has such a home folder.
    """
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1]
    if not name:
        raise click.UsageError("name the file: /export NAME.md, or NAME.jsonl")
    try:
        return Path(name).expanduser()
    except RuntimeError:
        problem = f"{on_one_line(name)}: nobody has such a home folder"
    raise click.UsageError(problem)


def _write(path: Path, text: str) -> None:
    """Write a file that only the user can read, unless it is there and others can.

    Raises:
        click.ClickException: it cannot be written; what was there is as it was.
    """
    file = OutFile(str(path), mode=0o600, option="/export")
    try:
        file.write(text)
        file.complete()
    finally:
        if partial := file.abandon():
            partial.unlink()
