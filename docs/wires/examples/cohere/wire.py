"""Cohere's chat protocol, version 2, from the service's side.

Sources: https://docs.cohere.com/reference/chat and https://docs.cohere.com/docs/streaming. It
shares no code with the dialect: both would make the same mistake, and no check would see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from provider_conformance.wires import (
    Answer,
    ErrorKind,
    Failure,
    Frame,
    Framing,
    Reply,
    Route,
    SeenChat,
    SeenRequest,
    Traits,
    Wire,
    sse_framings,
)
from provider_sdk import ModelInfo

from .wire_answer import FINISH, answer_frames, event, frame, json_bytes, whole_body
from .wire_documented import DOCUMENTED
from .wire_request import read_request

_JSON = {"content-type": "application/json"}
_PAGE = 100
_STATUS: dict[ErrorKind, int] = {
    "auth": 401,
    "permission": 403,
    "rate_limit": 429,
    "quota": 402,
    "model_not_found": 404,
    "bad_request": 400,
    "context_length": 400,
    "overloaded": 503,
    "server": 500,
    "timeout": 504,
}
# There are no codes: the message alone tells a prompt that is too long from other bad requests.
_TOO_LONG = "too many tokens: total number of tokens in the prompt cannot exceed 4081: "
_NOT_JSON_OBJECTS = (b"", b"{}", b"[]", b"null", b"7", b'"a text"')
_NOT_A_CHAT = (
    *_NOT_JSON_OBJECTS,
    b'{"message":null,"finish_reason":"COMPLETE"}',
    b'{"message":[],"finish_reason":"COMPLETE"}',
    b'{"message":{"role":"assistant"}}',
    b'{"finish_reason":"COMPLETE"}',
)
# Neither a model list nor the check of a key that is valid.
_NOT_HEALTHY = (*_NOT_JSON_OBJECTS, b'{"models":null}', b'{"models":{}}', b'{"valid":false}')


class CohereWire(Wire):
    """``/v2/chat``, and of version 1 what version 2 has not: models and the check of a key."""

    traits = Traits(
        finish_words=FINISH,
        other_finishes=True,
        text_arguments=frozenset({"whole", "stream"}),
        tool_choices=frozenset({"auto", "none", "required"}),
        counts=frozenset({"prompt", "completion", "cached", "reasoning"}),
        nonsense={"chat": _NOT_A_CHAT, "models": _NOT_HEALTHY, "token": _NOT_HEALTHY},
        keep_alive=b": keep-alive\n\n",
        names_model=False,
        request_id_in_body=True,
        steers_reasoning=False,
        stream_error_kinds=False,
        system_anywhere=False,
        empty_turns=False,
        image_details=True,
        image_addresses=True,
        own_fields=frozenset({"reasoning_content"}),
        efforts=frozenset({"none"}),
        model_facts=(frozenset({"context_window"}),),
    )
    documented = DOCUMENTED

    def route(self, request: SeenRequest) -> Route:
        """Return what a request is for."""
        match request.method, request.path:
            case "POST", "/v2/chat":
                return "chat"
            case "GET", "/v1/models":
                return "models"
            case "POST", "/v1/check-api-key":
                return "token"
        return "other"

    def credential_of(self, request: SeenRequest) -> str | None:
        """Return the bearer token."""
        return request.bearer_token

    def read_chat(self, request: SeenRequest) -> SeenChat:
        """Return a chat request as the kit describes it."""
        return read_request(request)

    def whole(self, answer: Answer) -> Reply:
        """Return a message, why it ended, and what it cost."""
        return Reply(headers=_JSON, steps=(json_bytes(whole_body(answer)),))

    def frames(self, answer: Answer, chat: SeenChat) -> Sequence[Frame]:
        """Return the parts of a message, one after the other, and the word that ends streams."""
        return [*answer_frames(answer)]

    def failure(self, failure: Failure) -> Reply:
        """Return an error with a message."""
        wait = failure.retry_after
        headers = _JSON if wait is None else {**_JSON, "retry-after": f"{wait:g}"}
        status = failure.status or _STATUS[failure.kind]
        said = _TOO_LONG if failure.kind == "context_length" else ""
        body = {"id": failure.request_id} if failure.request_id else {}
        body["message"] = said + failure.message
        return Reply(status, headers, (json_bytes(body),))

    def failure_frame(self, failure: Failure) -> Frame:
        """Return the end of an answer that failed."""
        delta = {"error": failure.message, "finish_reason": _failed(failure)}
        return Frame("end", event("message-end", {"delta": delta}))

    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return a page, with the token of the next one."""
        return self.described([ModelInfo(id, context_window=128000) for id in ids], request)

    def described(self, models: Sequence[ModelInfo], request: SeenRequest) -> Reply:
        """Return a page; of each model it says how much it reads."""
        start = _start(request)
        left = start + _PAGE < len(models)
        return _model_page(models[start : start + _PAGE], start + _PAGE if left else None)

    def endless_models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return a page that names itself as the next page."""
        return _model_page([ModelInfo(id) for id in ids[:_PAGE]], _start(request))

    def account(self) -> Reply:
        """Return that the key is valid."""
        found = {"valid": True, "organization_id": "org", "owner_id": "owner"}
        return Reply(headers=_JSON, steps=(json_bytes(found),))

    def framings(self, events: Sequence[bytes]) -> Sequence[Framing]:
        """Return the forms that server-sent events may have."""
        return sse_framings(events)

    def noise(self, answer: Answer) -> Sequence[Frame]:
        """Return a citation of the text, and a kind of event that is still to be invented."""
        cited = {"start": 0, "end": 1, "text": answer.text, "sources": [], "type": "TEXT_CONTENT"}
        start = {"index": 0, "delta": {"message": {"citations": cited}}}
        return [
            frame("noise", answer, "citation-start", start),
            frame("noise", answer, "citation-end", {"index": 0}),
            frame("noise", answer, "later-event", {"text": answer.text}),
        ]


def _model_page(page: Sequence[ModelInfo], following: int | None) -> Reply:
    models = [_model(model) for model in page]
    body: dict[str, Any] = {"models": models}
    if following is not None:
        body["next_page_token"] = str(following)
    return Reply(headers=_JSON, steps=(json_bytes(body),))


def _model(model: ModelInfo) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": model.id, "endpoints": ["chat"], "finetuned": False}
    if model.context_window is not None:
        entry["context_length"] = model.context_window
    return {**entry, "tokenizer_url": "", "default_endpoints": []}


def _start(request: SeenRequest) -> int:
    return int(parse_qs(request.query).get("page_token", ["0"])[0])


def _failed(failure: Failure) -> str:
    return "TIMEOUT" if failure.kind == "timeout" else "ERROR"
