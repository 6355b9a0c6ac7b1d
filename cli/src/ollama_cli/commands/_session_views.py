"""Sessions as text and as JSON."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from provider_sdk import Message, ToolCall

from ollama_cli.conversation.records import Session, Turn
from ollama_cli.conversation.searching import Hit
from ollama_cli.conversation.values import local_time, time_text
from ollama_cli.terminal.answers import cleaned
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.tables import table

_TITLES = ("ID", "UPDATED", "TURNS", "MODEL", "TITLE")
_NARROW = 80


def list_text(sessions: Sequence[Session]) -> str:
    """Return a table; on a narrow terminal a session takes two lines."""
    if not sessions:
        return "There are no sessions.\n"
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if width is not None and width < _NARROW:
        return "".join(_two_lines(session, width) for session in sessions)
    rows = [
        (each.id, local_time(each.updated), str(each.turns), each.answers, each.title)
        for each in sessions
    ]
    return table([_TITLES, *rows])


def _two_lines(session: Session, width: int) -> str:
    first = f"{session.id}  {local_time(session.updated)}  {session.turns}"
    return f"{first}\n  {on_one_line(session.title)[: max(width - 2, 1)]}\n"


def session_fields(session: Session) -> dict[str, Any]:
    """Return a session in a list as JSON."""
    return {
        "id": session.id,
        "title": session.title,
        "created": time_text(session.created),
        "updated": time_text(session.updated),
        "provider": session.provider,
        "model": session.model,
        "turns": session.turns,
    }


def hit_text(hit: Hit) -> str:
    """Return a session that was found, on two lines."""
    title = on_one_line(hit.session.title)
    return f"{hit.session.id}  turn {hit.turn}  {title}\n  {on_one_line(hit.snippet)}\n"


def hit_fields(hit: Hit) -> dict[str, Any]:
    """Return a session that was found as JSON."""
    return {**session_fields(hit.session), "turn": hit.turn, "snippet": hit.snippet}


def show_text(session: Session, turns: Sequence[Turn], *, raw: bool) -> str:
    """Return a session for people to read."""
    head = (session.id, session.answers, local_time(session.updated))
    parts = [f"{on_one_line(session.title)}\n{on_one_line('  '.join(head))}"]
    if session.system:
        parts.append(f"system:\n{session.system}")
    for number, turn in enumerate(turns, 1):
        for message in turn.messages:
            name = f"{turn.provider}" if message.role == "assistant" else message.role
            parts.append(f"{number} {name}:\n{_message_text(message)}")
        if turn.interrupted:
            parts.append("[interrupted: the answer is not whole]")
    text = "\n\n".join(part.rstrip("\n") for part in parts)
    return f"{cleaned(text, raw)}\n"


def show_fields(session: Session, turns: Sequence[Turn]) -> dict[str, Any]:
    """Return a session with its messages as JSON."""
    messages = [_message_fields(Message("system", session.system))] if session.system else []
    for turn in turns:
        found = [_message_fields(message) for message in turn.messages]
        if turn.interrupted and found:
            found[-1]["interrupted"] = True
        messages += found
    return {"id": session.id, "title": session.title, "messages": messages}


def _message_text(message: Message) -> str:
    return "\n".join(part for part in _parts(message) if part)


def _parts(message: Message) -> Iterator[str]:
    if message.has_image:
        yield "[image]"
    yield message.text
    for call in message.tool_calls:
        yield f"[calls {call.name}({_arguments(call)})]"


def _arguments(call: ToolCall) -> str:
    function = call.to_dict()["function"]
    return str(function["arguments"])


def _message_fields(message: Message) -> dict[str, Any]:
    data = message.to_dict()
    return {
        "role": data["role"],
        "content": data["content"],
        "tool_calls": [call.to_dict() for call in message.tool_calls],
        "tool_call_id": message.tool_call_id,
        "interrupted": False,
    }
