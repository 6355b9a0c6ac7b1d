"""How an answer looks in Cohere's protocol, whole and streamed.

Sources: https://docs.cohere.com/reference/chat and https://docs.cohere.com/docs/streaming
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provider_conformance.wires import Answer, Call, Frame, FrameKind, Tokens

FINISH: dict[str, tuple[str, ...]] = {
    "stop": ("COMPLETE", "STOP_SEQUENCE"),
    "length": ("MAX_TOKENS",),
    "tool_calls": ("TOOL_CALL",),
}


def whole_body(answer: Answer) -> dict[str, Any]:
    """Return a message, why it ended, and what it cost.

    Reasoning before calls is the plan, and thinking elsewhere.
    """
    message: dict[str, Any] = {"role": "assistant", **answer.extra}
    reasoning = "".join(answer.reasoning)
    content = [{"type": "text", "text": answer.text}] if answer.pieces else []
    if answer.calls:
        message["tool_calls"] = [_call(call, call.arguments_text) for call in answer.calls]
        message |= {"tool_plan": reasoning} if reasoning else {}
    elif reasoning:
        content.insert(0, {"type": "thinking", "thinking": reasoning})
    if content:
        message["content"] = content
    return {**_id(answer), "message": message, **_end(answer), **answer.extra}


def answer_frames(answer: Answer) -> Iterator[Frame]:
    """Yield the parts of a message, one after the other, and the word that ends streams."""
    message = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": []}
    start = {**_id(answer), "delta": {"message": {**message, "citations": []}}}
    yield frame("start", answer, "message-start", start)
    yield from _contents(answer)
    yield from _calls(answer)
    yield frame("finish", answer, "message-end", {"delta": _end(answer)})
    yield Frame("end", b"data: [DONE]\n\n")


def _contents(answer: Answer) -> Iterator[Frame]:
    """Yield the events of the reasoning and of the text, each a part of its own."""
    if answer.calls:
        for piece in answer.reasoning:
            delta = {"delta": {"message": {"tool_plan": piece}}}
            yield frame("reasoning", answer, "tool-plan-delta", delta)
    kinds: tuple[tuple[FrameKind, str, Sequence[str]], ...] = (
        ("reasoning", "thinking", () if answer.calls else answer.reasoning),
        ("text", "text", answer.pieces),
    )
    parts = [part for part in kinds if part[2]]
    for index, (kind, field, pieces) in enumerate(parts):
        first = {"index": index, **_content({"type": field, field: ""})}
        yield frame("start", answer, "content-start", first)
        for piece in pieces:
            more = {"index": index, **_content({field: piece})}
            yield frame(kind, answer, "content-delta", more)
        yield frame("noise", answer, "content-end", {"index": index})


def _calls(answer: Answer) -> Iterator[Frame]:
    for index, call in enumerate(answer.calls):
        text = call.arguments_text
        start = {"index": index, **_tool_calls(_call(call, ""))}
        yield frame("tool", answer, "tool-call-start", start)
        for part in (text[: len(text) // 2], text[len(text) // 2 :]):
            more = {"index": index, **_tool_calls({"function": {"arguments": part}})}
            yield frame("tool", answer, "tool-call-delta", more)
        yield frame("noise", answer, "tool-call-end", {"index": index})


def _content(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"delta": {"message": {"content": content}}}


def _tool_calls(call: Mapping[str, Any]) -> dict[str, Any]:
    return {"delta": {"message": {"tool_calls": call}}}


def _call(call: Call, arguments: str) -> dict[str, Any]:
    function = {"name": call.name, "arguments": arguments}
    return {"id": call.id, "type": "function", "function": function}


def _id(answer: Answer) -> dict[str, Any]:
    return {"id": answer.request_id} if answer.request_id else {}


def _end(answer: Answer) -> dict[str, Any]:
    end: dict[str, Any] = {
        "finish_reason": answer.finish_word or FINISH.get(answer.finish, FINISH["stop"])[0]
    }
    return end | ({"usage": _usage(answer.usage)} if answer.usage else {})


def _usage(tokens: Tokens) -> dict[str, Any]:
    """Return the counts; what is billed is less, because the service adds to the prompt."""
    counts = {"input_tokens": tokens.prompt, "output_tokens": tokens.completion}
    known = {name: count for name, count in counts.items() if count is not None}
    usage: dict[str, Any] = {"billed_units": {name: n // 2 for name, n in known.items()}}
    if tokens.reasoning is not None:
        known["reasoning_tokens"] = tokens.reasoning
    usage["tokens"] = known
    return usage if tokens.cached is None else usage | {"cached_tokens": tokens.cached}


def frame(kind: FrameKind, answer: Answer, name: str, fields: Mapping[str, Any]) -> Frame:
    """Return an event with the fields that no client knows."""
    return Frame(kind, event(name, {**fields, **answer.extra}))


def event(name: str, fields: Mapping[str, Any]) -> bytes:
    """Return an event as it is sent."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), json_bytes({"type": name, **fields}))


def json_bytes(body: Mapping[str, Any]) -> bytes:
    """Return JSON as the service writes it."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
