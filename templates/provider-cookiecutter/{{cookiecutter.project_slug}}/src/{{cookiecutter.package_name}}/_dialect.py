{% set stem = cookiecutter.class_name.removesuffix("Provider") %}
"""The dialect: pure functions between the contract and bytes.

It speaks the sample protocol. Replace that by your service's, step by step; see the README.
``POST /chat``{{ ", with the key in ``x-key``," if cookiecutter.credential != "none" }} and its answer::

    {"model": "large", "stream": false, "turns": [{"role": "user", "text": "Hm?"}], "seed": 7}
    {"model": "large-2", "text": "Hm.", "usage": {"read": 12, "written": 3}, "finish": "done"}

A turn may have ``images``, ``calls``, or the id of the call that it ``answers``. A streamed answer
is one such object per line, each with what it adds; the last has ``finish``. The model list of
``GET /models`` is ``{"models": ["large"]}``; an error is
``{"error": {"code": "busy", "message": "…"}}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import (
    ChatCall,
    ChatResponse,
    Dialect,
    HttpReply,
    HttpRequest,
    Message,
    ModelPage,
    ProviderError,
    ProviderResponseError,
    StreamDecoder,
    ToolCall,
    json_body,
)
from provider_sdk.decoding import decode_json

{% set package = cookiecutter.package_name %}
{{ imports(
    (package ~ "._decoder", ["Answer", "Decoder", "read_finish", "read_usage"]),
    (package ~ "._errors", ["decoded", "read_error", "read_failure"]),
    (package ~ "._models", ["read_models"]),
) }}

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


class {{ stem }}Dialect(Dialect):
    """Writes the requests of the service and reads its replies."""

    stream_type = "application/x-ndjson"

    def auth_headers(self, credential: str) -> Mapping[str, str]:
{% if cookiecutter.credential == "none" %}
        """Return no headers: a dialect must have this method, but the service wants no key."""
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
        answer = decoded(reply, Answer)
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
        """Return the error in a reply, whoever wrote it."""
        return read_error(reply)

    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return ``GET /models``; the list has one page."""
        return HttpRequest("GET", "/models")

    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models of the list."""
        return read_models(reply)


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
