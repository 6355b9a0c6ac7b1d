"""Google's generateContent protocol, from the service's side.

Source: https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote

from provider_sdk import ModelInfo

from provider_conformance.wires._answer import Answer, Failure, Frame, SeenChat
from provider_conformance.wires._base import Route, Wire
from provider_conformance.wires._framing import Framing, sse_framings
from provider_conformance.wires._gemini_answer import (
    FINISH_WORDS,
    chunks,
    empty_chunks,
    response,
)
from provider_conformance.wires._gemini_failure import status_body, status_of
from provider_conformance.wires._gemini_models import model_page, page_of
from provider_conformance.wires._gemini_request import seen_chat
from provider_conformance.wires._gemini_sources import GEMINI
from provider_conformance.wires._script import Reply, SeenRequest
from provider_conformance.wires._traits import ALL_EFFORTS, Traits
from provider_conformance.wires._values import json_values

_JSON = {"content-type": "application/json; charset=UTF-8"}
# Two versions of the protocol have the same form.
_VERSION = "/v1(?:beta)?"
_LIST = re.compile(f"{_VERSION}/models")
_METHODS = "generateContent|streamGenerateContent"
_CALL = re.compile(f"{_VERSION}/(?:models/|(?=tunedModels/))(.+):({_METHODS})")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_NOT_A_CHAT = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"7",
    b'"a text"',
    b'{"candidates":null}',
    b'{"candidates":[]}',
    b'{"candidates":"a text"}',
    b'{"candidates":[null]}',
    b'{"candidates":[{"content":"a text"}]}',
    b'{"candidates":[{"content":{"parts":"a text"}}]}',
    b'{"usageMetadata":{"promptTokenCount":7}}',
)
# An empty object is an empty list: the service leaves out what is empty.
_NOT_A_MODEL_LIST = (
    b"",
    b"[]",
    b"null",
    b"7",
    b'"a text"',
    b'{"models":{}}',
    b'{"models":"a text"}',
)


class GeminiWire(Wire):
    """The Gemini API as it is asked for events: ``streamGenerateContent?alt=sse``."""

    documented = GEMINI
    traits = Traits(
        finish_words=FINISH_WORDS,
        other_finishes=True,
        refusals=True,
        lone_refusals=True,
        running_usage=True,
        keep_alive=b": keep-alive\n\n",
        nonsense={"chat": _NOT_A_CHAT, "models": _NOT_A_MODEL_LIST},
        request_id_in_body=True,
        joined_finish=True,
        anonymous_calls=True,
        repeated_ids=True,
        split_completion=True,
        state=True,
        system_anywhere=False,
        # The Gemini API takes an empty text; Vertex AI, which speaks the same protocol, does not.
        empty_turns=False,
        joined_turns=True,
        image_addresses=True,
        # A budget of 0 says "none"; but many models cannot stop thinking, and reject it.
        efforts=ALL_EFFORTS - {"none", "max"},
        largest_seed=2**31 - 1,
        model_facts=(frozenset({"context_window"}),),
    )

    def route(self, request: SeenRequest) -> Route:
        """Return what a request is for."""
        match request.method, request.path:
            case "POST", path if _CALL.fullmatch(path):
                return "chat"
            case "GET", path if _LIST.fullmatch(path):
                return "models"
        return "other"

    def credential_of(self, request: SeenRequest) -> str | None:
        """Return the API key, which may also stand in the address, or the bearer token."""
        key = request.headers.get("x-goog-api-key")
        return key or parse_qs(request.query).get("key", [None])[0] or request.bearer_token

    def read_chat(self, request: SeenRequest) -> SeenChat:
        """Return a chat request, decoded into the contract's terms."""
        call = _CALL.fullmatch(request.path)
        if call is None:
            raise ValueError("the address names no model and no method")
        stream = call[2] == "streamGenerateContent"
        if stream and parse_qs(request.query).get("alt") != ["sse"]:
            raise ValueError("the address lacks alt=sse; without it, an answer is one JSON array")
        return seen_chat(json.loads(request.body), model=unquote(call[1]), stream=stream)

    def whole(self, answer: Answer) -> Reply:
        """Return a response."""
        return _reply(response(answer))

    def frames(self, answer: Answer, chat: SeenChat) -> Sequence[Frame]:
        """Return a response per piece; the last one has the finish reason and the counts."""
        return chunks(answer)

    def failure(self, failure: Failure) -> Reply:
        """Return a status with its details."""
        return _reply(status_body(failure), status_of(failure))

    def failure_frame(self, failure: Failure) -> Frame:
        """Return a status as the service sends it within a stream: as it is, not as an event."""
        return Frame("end", _pretty(status_body(failure)))

    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return the page of the list that was asked for."""
        return self.described([_plain_model(id) for id in ids], request)

    def described(self, models: Sequence[ModelInfo], request: SeenRequest) -> Reply:
        """Return the page of the list that was asked for; it says how much each model reads."""
        try:
            return _reply(page_of(models, parse_qs(request.query)))
        except ValueError as error:
            problem = str(error)
        return self.failure(Failure("bad_request", problem))

    def endless_models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return a page that names itself as the next one."""
        return _reply(model_page([_plain_model(id) for id in ids], next_page=0))

    def junk(self, text: str) -> bytes:
        """Return an event that holds a page instead of JSON."""
        return f"data: <html>{text}</html>\n\n".encode()

    def framings(self, events: Sequence[bytes]) -> Sequence[Framing]:
        """Return the forms that server-sent events may have; the service ends lines with CRLF."""
        return sse_framings(events)

    def noise(self, answer: Answer) -> Sequence[Frame]:
        """Return a comment, and responses without content."""
        return [Frame("noise", self.traits.keep_alive), *empty_chunks(answer)]

    def values(self, body: bytes) -> Iterator[Any]:
        """Yield the objects in a body: one, a list of them, or events and what follows them."""
        lines = _LINE_END.split(body)
        events = [line for line in lines if line.startswith(b"data:")]
        others = [line for line in lines if not line.startswith(b"data:")]
        for part in (events, others):
            for value in json_values(b"\n".join(part)):
                yield from value if isinstance(value, list) else (value,)


def _reply(body: Any, status: int = 200) -> Reply:
    return Reply(status, _JSON, (_pretty(body),))


def _pretty(body: Any) -> bytes:
    return f"{json.dumps(body, ensure_ascii=False, indent=2)}\n".encode()


def _plain_model(id: str) -> ModelInfo:
    return ModelInfo(id, context_window=1_048_576)
