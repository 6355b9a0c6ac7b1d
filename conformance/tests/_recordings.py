"""Cassettes of a service that a wire stands in for, for tests of what compares them."""

from __future__ import annotations

import json
import random
from dataclasses import replace

from provider_conformance import OpenAIWire, Service
from provider_conformance.cassettes import Cassette, Recorded
from provider_conformance.wires import Answer, Call, Failure, SeenRequest, Tokens

COUNTS = Tokens(prompt=31, completion=12, total=43, cached=5, reasoning=6)
HOST = "api.example.org"
KINDS = (
    "auth",
    "permission",
    "rate_limit",
    "quota",
    "model_not_found",
    "bad_request",
    "context_length",
    "overloaded",
    "server",
    "timeout",
)
_CALLS = [Call("call_1", "get_weather", {"city": "Oslo 1", "days": 2})]
_PLAIN = Answer(["Red, ", "green."], model="m-1", usage=COUNTS, request_id="req_1")
ANSWERS = (
    _PLAIN,
    replace(_PLAIN, reasoning=["Thinking 1."], state={"sealed": 1}),
    replace(_PLAIN, pieces=(), calls=_CALLS, finish="tool_calls", state={"sealed": 2}),
    replace(_PLAIN, finish="length"),
    replace(_PLAIN, finish="content_filter"),
    replace(_PLAIN, pieces=(), refusal="I will not."),
    replace(_PLAIN, running_usage=(COUNTS, COUNTS)),
)


def exchanges(wire=None):
    """Yield exchanges with a service that speaks a wire: answers, streams, failures, models."""
    wire = wire or OpenAIWire()
    service = Service(wire, None, random.Random(1))
    for stream in (False, True):
        for answer in ANSWERS:
            request = chat_request(stream)
            yield recorded(request, service.reply_for(answer, request))
    for kind in KINDS:
        yield recorded(chat_request(stream=False), wire.failure(Failure(kind, "It is wrong.")))
    request = SeenRequest("GET", "", "/v1/models", "", {}, b"")
    yield recorded(request, wire.models(["m-1", "m-2"], request))


def chat_request(stream):
    """Return the request of a chat."""
    options = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
    body = {"model": "m-1", "messages": [{"role": "user", "content": "Colours?"}], **options}
    return SeenRequest("POST", "", "/v1/chat/completions", "", {}, json.dumps(body).encode())


def recorded(request, reply):
    """Return an exchange as a cassette holds it."""
    return Recorded(
        method=request.method,
        path=request.path,
        body=Recorded.decoded(request.body),
        status=reply.status,
        headers=dict(reply.headers),
        chunks=[reply.body],
        streamed=reply.streamed,
    )


def cassette(*chosen, scenario="chat"):
    """Return a cassette of some exchanges."""
    return Cassette("reference", scenario, "m-1", "2026-11-28", chosen, {}, HOST)


def write_cassettes(folder, chosen):
    """Write one cassette that holds some exchanges; return its folder."""
    folder.mkdir(exist_ok=True)
    (folder / "all.json").write_text(cassette(*chosen).dump(), "utf-8")
    return folder
