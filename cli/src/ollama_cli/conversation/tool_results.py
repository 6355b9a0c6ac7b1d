"""Tool calls without a result, which services reject: an answer was cut, or nobody ran the call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from provider_sdk import Message

_NOT_RUN = "(The call was not run.)"


def with_results(turns: Sequence[Sequence[Message]]) -> Iterator[list[Message]]:
    """Yield each turn with a result for every tool call that has none, right after the others."""
    for turn, following in pairwise([*turns, ()]):
        yield list(_completed(turn, following))


def _completed(turn: Sequence[Message], following: Sequence[Message]) -> Iterator[Message]:
    open_calls: list[str] = []
    for message in turn:
        if message.role != "tool":
            yield from map(_not_run, open_calls)
            open_calls = [call.id for call in message.tool_calls]
        elif message.tool_call_id in open_calls:
            open_calls.remove(message.tool_call_id)
        yield message
    results = takewhile(lambda message: message.role == "tool", following)
    answered = {message.tool_call_id for message in results}  # later ones may repeat an id
    yield from (_not_run(id) for id in open_calls if id not in answered)


def _not_run(id: str) -> Message:
    return Message("tool", _NOT_RUN, tool_call_id=id)
