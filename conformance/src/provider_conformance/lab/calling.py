"""Answers that call tools, and calls that offer them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from provider_sdk import BaseProvider, ChatResponse, ToolCallDelta

from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.forms import in_each_form
from provider_conformance.wires._answer import Answer, Call


def answer_with_calls(lab: Lab, *calls: Call, **fields: Any) -> Answer:
    """Return an answer that makes these calls and says nothing."""
    return lab.answer(**{"pieces": (), "finish": "tool_calls", "calls": calls, **fields})


def tools_for(calls: Sequence[Call]) -> list[dict[str, object]] | None:
    """Return definitions of the tools that are called, ``None`` if none is."""
    names = dict.fromkeys(call.name for call in calls)
    return [payload.tool(name) for name in names] or None


async def with_tools_in_each_form(
    lab: Lab, answer: Answer, provider: BaseProvider | None = None
) -> dict[str, ChatResponse]:
    """Return the response in each form to a call that offers the tools of the answer."""
    return await in_each_form(lab, answer, provider=provider, tools=tools_for(answer.calls))


async def stream_fragments(lab: Lab, answer: Answer) -> tuple[list[ToolCallDelta], ChatResponse]:
    """Stream an answer; return the fragments of its tool calls, and its response."""
    lab.service.reply_next(answer)
    deltas: list[ToolCallDelta] = []
    opened = lab.open_stream(lab.provider(), tools=tools_for(answer.calls))
    async with await opened as stream:
        async for chunk in stream:
            deltas += chunk.tool_calls
    return deltas, stream.response


def joined_calls(deltas: Iterable[ToolCallDelta]) -> list[tuple[str | None, str | None, str]]:
    """Return id, name and text of the arguments of each call, joined from its fragments."""
    by_index: defaultdict[int, list[ToolCallDelta]] = defaultdict(list)
    for delta in deltas:
        by_index[delta.index].append(delta)
    return [
        (of[0].id, of[0].name, "".join(delta.arguments_text for delta in of))
        for _, of in sorted(by_index.items())
    ]


def calls_as_text(response: ChatResponse) -> list[tuple[str | None, str | None, str]]:
    """Return id, name and text of the arguments of each call of a response."""
    return [(call.id, call.name, call.arguments_text) for call in response.tool_calls]


def json_or_text(text: str) -> object:
    """Return what a text says in JSON, else the text."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text
