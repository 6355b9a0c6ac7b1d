"""OpenAI chat completions, from the service's side.

Sources: https://platform.openai.com/docs/api-reference/chat,
https://huggingface.co/docs/inference-providers
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from provider_conformance.wires._answer import (
    Answer,
    Call,
    ErrorKind,
    Failure,
    Frame,
    FrameKind,
    SeenChat,
    SeenMessage,
    Tokens,
)
from provider_conformance.wires._base import Route, Wire
from provider_conformance.wires._framing import Framing, sse_framings
from provider_conformance.wires._script import Reply, SeenRequest
from provider_conformance.wires._traits import Traits

_JSON = {"content-type": "application/json"}
_OPTIONS = (
    "temperature",
    "top_p",
    "max_tokens",
    "stop",
    "seed",
    "tools",
    "tool_choice",
    "response_format",
    "reasoning_effort",
)
_NOT_A_CHAT = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"7",
    b'"a text"',
    b'{"choices":null}',
    b'{"choices":[]}',
    b'{"choices":[null]}',
    b'{"choices":[{"index":0,"finish_reason":"stop"}]}',
)
_NOT_A_MODEL_LIST = (b"", b"{}", b"null", b"7", b'"a text"', b'{"data":null}', b'{"data":{}}')
_NOT_AN_ACCOUNT = (b"", b"null", b"{}", b'"a text"')
_TRAITS = Traits(
    finish_words={word: word for word in ("stop", "length", "tool_calls", "content_filter")},
    other_finishes=True,
    refusals=True,
    inline_thinking=True,
    text_arguments=frozenset({"whole", "stream"}),
    usage_flag="stream_options",
    running_usage=True,
    keep_alive=b": keep-alive\n\n",
    nonsense={"chat": _NOT_A_CHAT, "models": _NOT_A_MODEL_LIST, "token": _NOT_AN_ACCOUNT},
    request_id_header="x-request-id",
)
# status, type, code
_ERRORS: dict[ErrorKind, tuple[int, str, str | None]] = {
    "auth": (401, "invalid_request_error", "invalid_api_key"),
    "permission": (403, "invalid_request_error", "insufficient_permissions"),
    "rate_limit": (429, "rate_limit_error", "rate_limit_exceeded"),
    "quota": (429, "insufficient_quota", "insufficient_quota"),
    "model_not_found": (404, "invalid_request_error", "model_not_found"),
    "bad_request": (400, "invalid_request_error", "invalid_value"),
    "context_length": (400, "invalid_request_error", "context_length_exceeded"),
    "overloaded": (503, "server_error", "overloaded"),
    "server": (500, "server_error", None),
    "timeout": (504, "server_error", None),
}


class OpenAIWire(Wire):
    """OpenAI chat completions.

    Args:
        token_path: path of an endpoint that only checks credentials, if there is one; the model
            list is then public.
        base_path: what follows the service's address in ``base_url``.
        backend_header: the response header in which a router names the back end.
        reasoning_field: the field of messages and deltas that holds reasoning. OpenAI has none;
            compatible services use this one or ``reasoning``.
    """

    def __init__(
        self,
        *,
        token_path: str | None = None,
        base_path: str = "/v1",
        backend_header: str | None = None,
        reasoning_field: str = "reasoning_content",
    ) -> None:
        self.base_path = base_path
        self.traits = replace(_TRAITS, backend_header=backend_header)
        self.public_models = token_path is not None
        self._token_path = token_path
        self._reasoning_field = reasoning_field

    def route(self, request: SeenRequest) -> Route:
        """Return what a request is for."""
        match request.method, request.path:
            case "POST", path if path == f"{self.base_path}/chat/completions":
                return "chat"
            case "GET", path if path == f"{self.base_path}/models":
                return "models"
            case "GET", path if path == self._token_path:
                return "token"
        return "other"

    def credential_of(self, request: SeenRequest) -> str | None:
        """Return the bearer token."""
        return request.bearer_token

    def read_chat(self, request: SeenRequest) -> SeenChat:
        """Return a chat request, decoded into the contract's terms."""
        body = json.loads(request.body)
        if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
            raise ValueError("the body holds no list of messages")
        if not isinstance(body.get("model"), str):
            raise ValueError("the body names no model")
        stream_options = body.get("stream_options") or {}
        options = {name: body[name] for name in _OPTIONS if name in body}
        if "max_completion_tokens" in body:
            # OpenAI's later name for the same.
            options["max_tokens"] = body["max_completion_tokens"]
        return SeenChat(
            model=body["model"],
            messages=[_seen_message(message) for message in body["messages"]],
            options=options,
            stream=body.get("stream") is True,
            wants_usage=stream_options.get("include_usage") is True,
            body=body,
        )

    def whole(self, answer: Answer) -> Reply:
        """Return a chat completion."""
        text = answer.text if answer.pieces else None
        message: dict[str, Any] = {"role": "assistant", "content": text, **answer.extra}
        if answer.reasoning:
            message[self._reasoning_field] = "".join(answer.reasoning)
        if answer.refusal:
            message["refusal"] = answer.refusal
        if answer.calls:
            message["tool_calls"] = [_wire_call(call) for call in answer.calls]
        finish = answer.finish_word or answer.finish
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        body = self._body(answer, "chat.completion") | {"choices": [choice]}
        if answer.usage is not None:
            body["usage"] = _wire_usage(answer.usage)
        return Reply(headers=_JSON, steps=(_json_bytes(body),))

    def frames(self, answer: Answer, chat: SeenChat) -> Sequence[Frame]:
        """Return chunks; usage comes in a chunk of its own, if the request asked for it."""
        frames = [self._chunk("start", answer, {"role": "assistant", "content": ""})]
        frames += [
            self._chunk("reasoning", answer, {self._reasoning_field: piece})
            for piece in answer.reasoning
        ]
        frames += self._text_chunks(answer, answer.running_usage if chat.wants_usage else ())
        if answer.refusal:
            frames.append(self._chunk("text", answer, {"refusal": answer.refusal}))
        for index, call in enumerate(answer.calls):
            frames.extend(self._call_chunks(answer, index, call))
        finish = answer.finish_word or answer.finish
        frames.append(self._chunk("finish", answer, {}, finish=finish))
        if answer.usage is not None and chat.wants_usage:
            usage = self._body(answer) | {"choices": [], "usage": _wire_usage(answer.usage)}
            frames.append(Frame("usage", _event(usage)))
        return [*frames, Frame("end", b"data: [DONE]\n\n")]

    def failure(self, failure: Failure) -> Reply:
        """Return an error object."""
        status = failure.status or _ERRORS[failure.kind][0]
        headers = dict(_JSON)
        if failure.retry_after is not None:
            headers["retry-after"] = f"{failure.retry_after:g}"
        return Reply(status, headers, (_json_bytes(_wire_error(failure)),))

    def failure_frame(self, failure: Failure) -> Frame:
        """Return an error object as an event."""
        return Frame("end", _event(_wire_error(failure)))

    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return the whole list."""
        data = [{"id": id, "object": "model", "created": 1, "owned_by": "kit"} for id in ids]
        return Reply(headers=_JSON, steps=(_json_bytes({"object": "list", "data": data}),))

    def account(self) -> Reply:
        """Return an account object."""
        return Reply(headers=_JSON, steps=(_json_bytes({"type": "user", "name": "conformance"}),))

    def junk(self, text: str) -> bytes:
        """Return an event that holds a page instead of JSON."""
        return f"data: <html>{text}</html>\n\n".encode()

    def framings(self, events: Sequence[bytes]) -> Sequence[Framing]:
        """Return the forms that server-sent events may have."""
        return sse_framings(events)

    def noise(self, answer: Answer) -> Sequence[Frame]:
        """Return a comment and chunks without content, as proxies and back ends send them."""
        empty = [self._chunk("noise", answer, delta) for delta in ({}, {"content": None})]
        none = self._body(answer) | {"choices": [], "usage": None}
        comment = Frame("noise", self.traits.keep_alive)
        return [comment, *empty, Frame("noise", _event(none))]

    def _text_chunks(self, answer: Answer, running: Sequence[Tokens]) -> list[Frame]:
        counts = [{"usage": _wire_usage(tokens)} for tokens in running]
        return [
            self._chunk("text", answer, {"content": piece}, **(count or {}))
            for piece, count in zip_longest(answer.pieces, counts[: len(answer.pieces)])
        ]

    def _call_chunks(self, answer: Answer, index: int, call: Call) -> list[Frame]:
        text = call.arguments_text
        half = len(text) // 2
        first = _wire_call(call) | {"index": index}
        first["function"] = {"name": call.name, "arguments": text[:half]}
        second = {"index": index, "function": {"arguments": text[half:]}}
        return [self._chunk("tool", answer, {"tool_calls": [part]}) for part in (first, second)]

    def _chunk(
        self,
        kind: FrameKind,
        answer: Answer,
        delta: Mapping[str, Any],
        finish: str | None = None,
        **more: Any,
    ) -> Frame:
        change = {**delta, **answer.extra}
        choice = {"index": 0, "delta": change, "logprobs": None, "finish_reason": finish}
        return Frame(kind, _event(self._body(answer) | {"choices": [choice]} | more))

    def _body(self, answer: Answer, kind: str = "chat.completion.chunk") -> dict[str, Any]:
        return {
            "id": "chatcmpl-conformance",
            "object": kind,
            "created": 1,
            "model": answer.model,
            **answer.extra,
        }


def _seen_message(message: Mapping[str, Any]) -> SeenMessage:
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    text = content if isinstance(content, str) else "".join(p.get("text", "") for p in parts)
    role = message["role"]
    return SeenMessage(
        role="system" if role == "developer" else role,  # OpenAI's later name for the same
        text=text,
        images=[p["image_url"]["url"] for p in parts if p.get("type") == "image_url"],
        calls=[
            (call["id"], call["function"]["name"], json.loads(call["function"]["arguments"]))
            for call in message.get("tool_calls") or ()
        ],
        answers=message.get("tool_call_id"),
    )


def _wire_call(call: Call) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments_text}
    return {"id": call.id, "type": "function", "function": function}


def _wire_usage(tokens: Tokens) -> dict[str, Any]:
    usage: dict[str, Any] = {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": tokens.total,
    }
    if tokens.cached is not None:
        usage["prompt_tokens_details"] = {"cached_tokens": tokens.cached}
    if tokens.reasoning is not None:
        usage["completion_tokens_details"] = {"reasoning_tokens": tokens.reasoning}
    return {name: value for name, value in usage.items() if value is not None}


def _wire_error(failure: Failure) -> dict[str, Any]:
    _, kind, code = _ERRORS[failure.kind]
    return {"error": {"message": failure.message, "type": kind, "param": None, "code": code}}


def _event(body: Mapping[str, Any]) -> bytes:
    return b"data: " + _json_bytes(body) + b"\n\n"


def _json_bytes(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
