"""OpenAI's Responses API."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.wires import API_KEY, MESSAGES, MODEL, Wire

_BODY = {
    "model": MODEL,
    "input": MESSAGES,
    "max_output_tokens": 200,
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "stream": False,
}
_USAGE = {
    "input_tokens": 21,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 60,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 81,
}
_ITEM_ID = "msg_0fd0df659f89b3820068fe72f60c9c819994e67cce15c9899e"
# The service repeats the request in each object.
_RESPONSE = {
    "id": "resp_0fd0df659f89b3820068fe72f41ac081999687569df6f28744",
    "object": "response",
    "created_at": 1793613600,
    "status": "in_progress",
    "background": False,
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "max_output_tokens": 200,
    "max_tool_calls": None,
    "model": MODEL,
    "output": [],
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": "auto",
    "store": False,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "usage": None,
    "user": None,
    "metadata": {},
}
_PLACE = {"item_id": _ITEM_ID, "output_index": 0, "content_index": 0}


def _whole(text: str) -> bytes:
    return _json(_completed(text))


def _begin() -> bytes:
    events = (
        _event("response.created", response=_RESPONSE),
        _event("response.in_progress", response=_RESPONSE),
        _event("response.output_item.added", output_index=0, item=_item("in_progress")),
        _event("response.content_part.added", **_PLACE, part=_part("")),
    )
    return b"".join(events)


def _word(word: str) -> bytes:
    return _event("response.output_text.delta", **_PLACE, delta=word, logprobs=[])


def _end() -> bytes:
    # The whole text is repeated four times; here it is left out, since no two streams have one.
    events = (
        _event("response.output_text.done", **_PLACE, text="", logprobs=[]),
        _event("response.content_part.done", **_PLACE, part=_part("")),
        _event("response.output_item.done", output_index=0, item=_item("completed", "")),
        _event("response.completed", response=_completed("")),
    )
    return b"".join(events)


def _completed(text: str) -> dict[str, Any]:
    output = [_item("completed", text)] if text else []
    return _RESPONSE | {"status": "completed", "output": output, "usage": _USAGE}


def _item(status: str, *texts: str) -> dict[str, Any]:
    content = [_part(text) for text in texts]
    kind = {"id": _ITEM_ID, "type": "message", "status": status}
    return {**kind, "content": content, "role": "assistant"}


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def _event(kind: str, **fields: object) -> bytes:
    data = _json({"type": kind, "sequence_number": 7, **fields})
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)


def _text_of_answer(answer: Any) -> str:
    text: str = answer["output"][0]["content"][0]["text"]
    return text


def _text_of_event(event: Any) -> str:
    return event["delta"] if event["type"] == "response.output_text.delta" else ""


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


WIRE = Wire(
    name="responses",
    base_path="/v1",
    endpoint="/responses",
    headers={"authorization": f"Bearer {API_KEY}"},
    body=_BODY,
    stream_body=_BODY | {"stream": True},
    stream_type="text/event-stream",
    whole=_whole,
    begin=_begin(),
    word=_word,
    end=_end(),
    prefix="data: ",
    text_of_answer=_text_of_answer,
    text_of_event=_text_of_event,
    provider=("provider_openai", "CodexProvider"),
    contenders={
        "socket": ("socket",),
        "httpx": ("httpx",),
        "provider_sdk": ("provider_sdk", "provider_openai"),
        "openai_responses": ("openai",),
    },
)
