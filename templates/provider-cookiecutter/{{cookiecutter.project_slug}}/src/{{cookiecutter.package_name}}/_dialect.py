{% set stem = cookiecutter.class_name.removesuffix("Provider") %}
"""The dialect: pure functions between the contract and bytes.

This is the sample protocol, to be replaced step by step by that of the service; see the README.
``POST /chat``{{ ", with the key in ``x-key``," if cookiecutter.credential != "none" }} and what it answers::

    {"model": "large", "stream": false, "turns": [{"role": "user", "text": "Hm?"}], "seed": 7}
    {"model": "large-2", "text": "Hm.", "usage": {"read": 12, "written": 3}, "finish": "done"}

A turn may have ``images``, ``calls``, or the id of the call that it ``answers``. A streamed answer
is such an object a line, each with what it adds; the last has ``finish``. ``GET /models`` answers
``{"models": ["large"]}``, and what goes wrong is ``{"error": {"code": "busy", "message": "…"}}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import Struct
from provider_sdk import (
    ChatCall,
    ChatResponse,
    Dialect,
    HttpReply,
    HttpRequest,
    Message,
    ModelInfo,
    ModelPage,
    ProviderError,
    ProviderResponseError,
    StreamDecoder,
    ToolCall,
    foreign_error,
    json_body,
)
from provider_sdk.decoding import decode_json

{{ imports(
    (
        cookiecutter.package_name ~ "._answers",
        ["Answer", "Decoder", "Failure", "read_failure", "read_finish", "read_usage"],
    ),
) }}

_T = TypeVar("_T")
_SETTINGS = (
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


class Models(Struct):
    """The model list."""

    models: list[str]


class Refusal(Struct):
    """A reply that reports an error."""

    error: Failure


class {{ stem }}Dialect(Dialect):
    """Requests, answers and errors of the service."""

    stream_type = "application/x-ndjson"

    def auth_headers(self, credential: str) -> Mapping[str, str]:
{% if cookiecutter.credential == "none" %}
        """Return none: the SDK asks every dialect, but the service wants no credential."""
        return {}
{% else %}
        """Return the header that carries the key."""
        return {"x-key": credential}
{% endif %}

    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return ``POST /chat``."""
        options: Mapping[str, Any] = call.options
        body = {
            "model": call.model,
            "stream": call.stream,
            "turns": [_turn(message) for message in call.messages],
            **{name: options[name] for name in _SETTINGS if name in options},
            **options.get("extra_body", {}),
        }
        return HttpRequest("POST", "/chat", json_body(body))

    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Return the answer in a reply."""
        answer = _decoded(reply, Answer)
        if answer.error is not None:
            raise read_failure(answer.error)
        if answer.finish is None:
            raise ProviderResponseError("the answer is not whole: it does not say why it ended")
        return ChatResponse(
            text=answer.text,
            reasoning=answer.reasoning or None,
            tool_calls=[ToolCall.parse(c.id, c.name, c.arguments) for c in answer.calls],
            finish_reason="tool_calls" if answer.calls else read_finish(answer.finish),
            raw_finish_reason=answer.finish,
            usage=read_usage(answer.usage),
            model=answer.model or call.model,
            raw=decode_json(reply.body),
        )

    def stream_decoder(self, call: ChatCall) -> StreamDecoder:
        """Return a decoder of lines."""
        return Decoder()

    def parse_error(self, reply: HttpReply) -> ProviderError:
        """Return the error in a reply, in the protocol or not."""
        try:
            refusal = decode_json(reply.body, Refusal)
        except ValueError:
            return foreign_error(reply)
        return read_failure(refusal.error, reply.status)

    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return ``GET /models``; the list has one page."""
        return HttpRequest("GET", "/models")

    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models of the list."""
        return ModelPage([ModelInfo(id) for id in _decoded(reply, Models).models])


def _turn(message: Message) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": message.role, "text": message.text}
    if message.has_image:
        parts = [part for part in message.content if not isinstance(part, str)]
        turn["images"] = [p["image_url"]["url"] for p in parts if p["type"] == "image_url"]
    if message.tool_calls:
        turn["calls"] = [{"id": c.id, **c.to_dict()["function"]} for c in message.tool_calls]
    if message.tool_call_id is not None:
        turn["answers"] = message.tool_call_id
    return turn


def _decoded(reply: HttpReply, type: type[_T]) -> _T:
    try:
        return decode_json(reply.body, type)
    except ValueError as error:
        problem = str(error)
    raise ProviderResponseError(f"the answer is not in the protocol: {problem}")
