"""A conversation as Markdown, for people to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from provider_sdk import Message

from ollama_cli.conversation.records import Session, Turn
from ollama_cli.terminal.escapes import on_one_line, without_escapes

_SPECIAL = re.compile(r"([\\`*_\[\]<>#])")


def to_markdown(session: Session, turns: Sequence[Turn]) -> str:
    """Return a session as Markdown: its title, then each message below who wrote it."""
    return "\n\n".join(_parts(session, turns)) + "\n"


def _parts(session: Session, turns: Sequence[Turn]) -> Iterator[str]:
    yield f"# {_plain(session.title)}"
    yield f"Session {session.id}, begun on {session.created.astimezone():%Y-%m-%d at %H:%M}."
    if session.system:
        yield "## System prompt"
        yield _text(session.system)
    for turn in turns:
        for message in turn.messages:
            yield f"## {_who(message, turn)}"
            yield from _contents(message)
        if turn.interrupted:
            yield "*The answer was interrupted.*"


def _who(message: Message, turn: Turn) -> str:
    if message.role == "user":
        return "You"
    if message.role == "tool":
        return "Result of a tool"
    model = turn.response_model or turn.model
    return _plain(f"{turn.provider} ({model})" if model else turn.provider)


def _contents(message: Message) -> Iterator[str]:
    if message.has_image:
        yield "*(an image)*"
    if message.text.strip():
        yield _text(message.text)
    for call in message.tool_calls:
        arguments = call.to_dict()["function"]["arguments"]
        yield f"*Calls {_plain(call.name)}:*"
        yield _fenced(without_escapes(str(arguments)))


def _text(text: str) -> str:
    return without_escapes(text).strip("\n")


def _plain(text: str) -> str:
    """Return a name on one line, in which no character means anything to Markdown."""
    return _SPECIAL.sub(r"\\\1", on_one_line(text))


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
