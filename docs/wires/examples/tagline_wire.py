"""Tagline from the service's side, for the scripted service.

It shares no code with the dialect: both would make the same mistake, and no check would see it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote

from provider_conformance.wires import (
    Answer,
    Call,
    ErrorKind,
    Failure,
    Frame,
    Framing,
    Reply,
    Route,
    SeenChat,
    SeenMessage,
    SeenRequest,
    Tokens,
    Traits,
    Wire,
    seen_arguments,
)

_PAGE = 100
_TEXT = {"content-type": "text/x-tagline"}
_FINISH = {"stop": "done", "length": "limit", "tool_calls": "calls", "content_filter": "filtered"}
_ERRORS: dict[ErrorKind, tuple[int, str]] = {
    "auth": (401, "key"),
    "permission": (403, "scope"),
    "rate_limit": (429, "pace"),
    "quota": (429, "credit"),
    "model_not_found": (404, "model"),
    "bad_request": (400, "request"),
    "context_length": (400, "size"),
    "overloaded": (503, "busy"),
    "server": (500, "fault"),
    "timeout": (504, "late"),
}
_OPTIONS = ("temperature", "top_p", "max_tokens", "stop", "seed", "tool_choice")
_SETTINGS = frozenset({"model", "stream", *_OPTIONS})
_NOT_WHOLE = (b"", b"\n\n", b"model a\n", b"finish done\n", b"bytes 0\n\n")


class TaglineWire(Wire):
    """Reads tagline requests and writes tagline replies."""

    request_type = "text/x-tagline"
    stream_type = "text/x-tagline-stream"
    traits = Traits(
        finish_words=_FINISH,
        other_finishes=True,
        text_arguments=frozenset({"whole", "stream"}),
        tool_choices=frozenset({"auto", "none", "required"}),
        counts=frozenset({"prompt", "completion", "cached"}),
        forbidden=frozenset({"top_p"}),
        keep_alive=b"\n",
        returns_reasoning=False,
        steers_reasoning=False,
        nonsense={"chat": _NOT_WHOLE, "models": _NOT_WHOLE},
    )

    def route(self, request: SeenRequest) -> Route:
        """Return what a request is for."""
        match request.method, request.path:
            case "POST", "/chat":
                return "chat"
            case "GET", "/models":
                return "models"
        return "other"

    def credential_of(self, request: SeenRequest) -> str | None:
        """Return the key in the protocol's header."""
        return request.headers.get("x-tagline-key")

    def read_chat(self, request: SeenRequest) -> SeenChat:
        """Return a chat request as the kit describes it."""
        lines = [line.partition(" ")[::2] for line in request.body.decode().split("\n")]
        settings = dict(_setting(value) for tag, value in lines if tag == "set")
        options = {name: settings[name] for name in _OPTIONS if name in settings}
        if tools := [json.loads(unquote(value)) for tag, value in lines if tag == "tool"]:
            options["tools"] = [{"type": "function", "function": tool} for tool in tools]
        return SeenChat(
            model=settings["model"],
            messages=_messages(lines),
            options=options,
            stream=settings["stream"],
            body=settings,
            surplus={n: v for n, v in settings.items() if n not in _SETTINGS},
        )

    def whole(self, answer: Answer) -> Reply:
        """Return lines about the text, a blank line, and the text."""
        text = answer.text.encode()
        head = [_model(answer), *_extra(answer), *map(_call, answer.calls)]
        if answer.usage is not None:
            head.append(_usage(answer.usage))
        head += [_finish(answer), _line("bytes", str(len(text)))]
        return Reply(headers=_TEXT, steps=(b"".join(head) + b"\n" + text,))

    def frames(self, answer: Answer, chat: SeenChat) -> Sequence[Frame]:
        """Return one line per event."""
        frames = [Frame("start", line) for line in (_model(answer), *_extra(answer))]
        for number, piece in enumerate(answer.pieces):
            frames.append(Frame("text", _line("text", piece)))
            frames += [Frame("usage", _usage(t)) for t in answer.running_usage[number:][:1]]
        frames += [Frame("tool", _call(call)) for call in answer.calls]
        if answer.usage is not None:
            frames.append(Frame("usage", _usage(answer.usage)))
        return [*frames, Frame("finish", _finish(answer)), Frame("end", b"end\n")]

    def failure(self, failure: Failure) -> Reply:
        """Return an error line with its status."""
        status = failure.status or _ERRORS[failure.kind][0]
        wait = failure.retry_after
        headers = _TEXT if wait is None else {**_TEXT, "retry-after": f"{wait:g}"}
        return Reply(status, headers, (_error(failure),))

    def failure_frame(self, failure: Failure) -> Frame:
        """Return an error line inside a stream."""
        return Frame("end", _error(failure))

    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return a page, whose last line is ``more`` with the next position, or ``end``."""
        start = _start(request)
        page = [_line("model", id) for id in ids[start : start + _PAGE]]
        left = start + _PAGE < len(ids)
        last = _line("more", str(start + _PAGE)) if left else b"end\n"
        return Reply(headers=_TEXT, steps=(b"".join([*page, last]),))

    def endless_models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return a page that names itself as the next page."""
        page = self.models(ids, request).body
        again = _line("more", str(_start(request)))
        return Reply(headers=_TEXT, steps=(page.removesuffix(b"end\n") + again,))

    def framings(self, events: Sequence[bytes]) -> Sequence[Framing]:
        """Return the events with other line ends, and with blank lines between them."""
        return [
            Framing("line_ends", "CRLF", [event.replace(b"\n", b"\r\n") for event in events]),
            Framing("line_ends", "CR", [event.replace(b"\n", b"\r") for event in events]),
            Framing("padding", "blank lines", [b"\n\n" + event for event in events]),
        ]

    def values(self, body: bytes) -> Iterable[Any]:
        """Return the tag and value of each line before the text."""
        head = body.decode().partition("\n\n")[0]
        return [dict([line.partition(" ")[::2]]) for line in head.split("\n")]

    def noise(self, answer: Answer) -> Sequence[Frame]:
        """Return blank lines, empty pieces of text, and an unknown tag."""
        return [Frame("noise", line) for line in (b"\n", b"text \n", b"mood cheerful\n")]


def _setting(value: str) -> tuple[str, Any]:
    name, _, setting = value.partition(" ")
    return unquote(name), json.loads(unquote(setting))


def _messages(lines: Sequence[tuple[str, str]]) -> Sequence[SeenMessage]:
    found: list[SeenMessage] = []
    for tag, value in lines:
        if tag in ("system", "user", "assistant"):
            found.append(SeenMessage(tag, unquote(value)))
        elif tag == "result":
            id, _, text = value.partition(" ")
            found.append(SeenMessage("tool", unquote(text), answers=unquote(id)))
        elif tag == "call":
            id, name, arguments = map(unquote, value.split(" ", 2))
            call = (id, name, seen_arguments(arguments))
            found[-1] = replace(found[-1], calls=[*found[-1].calls, call])
    return found


def _start(request: SeenRequest) -> int:
    return int(parse_qs(request.query).get("from", ["0"])[0])


def _model(answer: Answer) -> bytes:
    return _line("model", answer.model)


def _extra(answer: Answer) -> list[bytes]:
    return [_line(name, json.dumps(value)) for name, value in answer.extra.items()]


def _call(call: Call) -> bytes:
    return _line("call", call.id, call.name, call.arguments_text)


def _usage(tokens: Tokens) -> bytes:
    counts = {"read": tokens.prompt, "written": tokens.completion, "cached": tokens.cached}
    return _line("usage", " ".join(f"{n}={c}" for n, c in counts.items() if c is not None))


def _finish(answer: Answer) -> bytes:
    return _line("finish", answer.finish_word or _FINISH[answer.finish])


def _error(failure: Failure) -> bytes:
    return _line("error", _ERRORS[failure.kind][1], failure.message)


def _line(tag: str, *words: str) -> bytes:
    *others, last = (word.replace("%", "%25") for word in words)
    written = [tag, *(word.replace(" ", "%20") for word in others), last]
    return " ".join(written).replace("\r", "%0D").replace("\n", "%0A").encode() + b"\n"
