"""Parley from the service's side, for the kit's scripted service.

It shares no code with the dialect: both would make the same mistake, and no check would see it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from provider_conformance.wires import (
    Answer,
    ErrorKind,
    Failure,
    Frame,
    FrameKind,
    Framing,
    Reply,
    Route,
    SeenChat,
    SeenMessage,
    SeenRequest,
    Tokens,
    Traits,
    Wire,
)

_JSON = {"content-type": "application/json"}
_PAGE = 100
_WORDS = {"stop": "done", "length": "limit", "content_filter": "blocked"}
_ROLES = {"director": "system", "person": "user", "engine": "assistant"}
_FIELDS = frozenset({"engine", "dialogue", "form", "settings"})
_OPTIONS = {
    "heat": "temperature",
    "nucleus": "top_p",
    "limit": "max_tokens",
    "dice": "seed",
    "until": "stop",
}
_FAULTS: dict[ErrorKind, tuple[int, str]] = {
    "auth": (401, "unknown_key"),
    "permission": (403, "not_allowed"),
    "rate_limit": (429, "slow_down"),
    "quota": (402, "no_credit"),
    "model_not_found": (404, "no_engine"),
    "bad_request": (400, "malformed"),
    "context_length": (413, "too_long"),
    "overloaded": (503, "busy"),
    "server": (500, "broken"),
    "timeout": (504, "too_slow"),
}
_NO_ANSWER = (b"", b"{}", b"[]", b"null", b"7", b'{"says":"a"}', b'{"says":null,"why":"done"}')
_NO_LIST = (b"", b"{}", b"[]", b"null", b"7", b'{"engines":null}', b'{"engines":{}}')


class ParleyWire(Wire):
    """Reads Parley's requests and writes its replies."""

    stream_type = "application/json-seq"
    traits = Traits(
        finish_words=_WORDS,
        other_finishes=True,
        counts=frozenset({"prompt", "completion"}),
        keep_alive=b"\x1e\n",
        nonsense={"chat": _NO_ANSWER, "models": _NO_LIST},
        request_id_header="x-parley-call",
        returns_reasoning=False,
        steers_reasoning=False,
    )

    def route(self, request: SeenRequest) -> Route:
        """Return what a request is for."""
        match request.method, request.path:
            case "POST", "/replies":
                return "chat"
            case "GET", "/engines":
                return "models"
        return "other"

    def credential_of(self, request: SeenRequest) -> str | None:
        """Return the key from its header."""
        return request.headers.get("x-parley-key")

    def read_chat(self, request: SeenRequest) -> SeenChat:
        """Return a chat request as the kit describes it."""
        body = json.loads(request.body)
        settings = body.get("settings", {})
        return SeenChat(
            model=body["engine"],
            messages=[SeenMessage(_ROLES[turn["from"]], turn["says"]) for turn in body["dialogue"]],
            options={_OPTIONS[name]: value for name, value in settings.items()},
            stream={"records": True, "whole": False}[body["form"]],
            body=body,
            surplus={name: value for name, value in body.items() if name not in _FIELDS},
        )

    def whole(self, answer: Answer) -> Reply:
        """Return the whole answer as one object."""
        body = {"engine": answer.model, "says": answer.text, "why": _why(answer), **answer.extra}
        if answer.usage is not None:
            body["spent"] = _spent(answer.usage)
        return Reply(headers=_JSON, steps=(_json(body),))

    def failure(self, failure: Failure) -> Reply:
        """Return an error reply with its status."""
        wait = failure.retry_after
        headers = _JSON if wait is None else {**_JSON, "retry-after": f"{wait:g}"}
        status = failure.status or _FAULTS[failure.kind][0]
        return Reply(status, headers, (_json(_fault(failure)),))

    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return a page of the list, and where the next page begins."""
        start = int(parse_qs(request.query).get("after", ["0"])[0])
        end = start + _PAGE
        body = {
            "engines": [{"name": id} for id in ids[start:end]],
            "after": str(end) if end < len(ids) else None,
        }
        return Reply(headers=_JSON, steps=(_json(body),))

    def endless_models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return a page that names itself as the next page."""
        start = parse_qs(request.query).get("after", ["0"])[0]
        body = {"engines": [{"name": id} for id in ids[:_PAGE]], "after": start}
        return Reply(headers=_JSON, steps=(_json(body),))

    def frames(self, answer: Answer, chat: SeenChat) -> Sequence[Frame]:
        """Return one record per event."""
        frames = [_record("start", engine=answer.model, **answer.extra)]
        frames += [_record("text", says=piece) for piece in answer.pieces]
        frames.append(_record("finish", why=_why(answer)))
        if answer.usage is not None:
            frames.append(_record("usage", spent=_spent(answer.usage)))
        return [*frames, _record("end", over=True)]

    def failure_frame(self, failure: Failure) -> Frame:
        """Return an error as a record of a stream."""
        return _record("end", **_fault(failure))

    def framings(self, events: Sequence[bytes]) -> Sequence[Framing]:
        """Return the events with empty records between them."""
        return [Framing("padding", "empty records", [b"\x1e\n" + event for event in events])]

    def noise(self, answer: Answer) -> Sequence[Frame]:
        """Return an empty piece of text, and a field that nobody knows."""
        return [_record("noise", says=""), _record("noise", mood="cheerful")]


def _why(answer: Answer) -> str:
    return answer.finish_word or _WORDS[answer.finish]


def _spent(tokens: Tokens) -> dict[str, int]:
    counts = {"in": tokens.prompt, "out": tokens.completion}
    return {name: count for name, count in counts.items() if count is not None}


def _fault(failure: Failure) -> dict[str, Any]:
    return {"fault": {"kind": _FAULTS[failure.kind][1], "text": failure.message}}


def _record(kind: FrameKind, **fields: Any) -> Frame:
    return Frame(kind, b"\x1e" + _json(fields) + b"\n")


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
