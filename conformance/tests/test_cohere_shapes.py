"""The wire of Cohere's protocol sends what the service was recorded to send, or documents."""

import json
from dataclasses import replace

import pytest
from provider_conformance.shapes import prove_wire
from provider_conformance.wires import Reply

from ._cohere import HARNESS

CohereWire = type(HARNESS.wire)


def test_wire_sends_what_was_recorded():
    """Every field, event, word and status is recorded, or its source is named."""
    proof = prove_wire(HARNESS)
    assert list(proof.invented) == []
    assert (proof.exchanges, list(proof.hosts)) == (25, ["api.cohere.com"])
    assert list(proof.unrecorded) == ["account"]


def test_shapes_name_their_sources():
    """Whoever doubts a shape finds the recording that it comes from."""
    sources = json.loads(HARNESS.shapes.read_text(encoding="utf-8"))["sources"]
    assert all(source.startswith("https://github.com/") for source in sources)


class NamesTheModel(CohereWire):
    """Says which model answered, as other protocols do."""

    def whole(self, answer):
        """Return an answer with a field that the service never sends."""
        reply = super().whole(answer)
        body = {**json.loads(reply.body), "model": answer.model}
        return Reply(headers=reply.headers, steps=(json.dumps(body).encode(),))


class CountsInFloats(CohereWire):
    """Writes its counts as the specification, and not as the service."""

    def whole(self, answer):
        """Return an answer whose counts have a decimal point."""
        reply = super().whole(answer)
        body = reply.body.replace(b'"cached_tokens":7', b'"cached_tokens":7.0')
        return Reply(headers=reply.headers, steps=(body,))


class Refuses(CohereWire):
    """Rejects requests with a status that the service does not use."""

    def failure(self, failure):
        """Return an error with another status."""
        reply = super().failure(failure)
        return replace(reply, status=418 if failure.kind == "bad_request" else reply.status)


class Pings(CohereWire):
    """Keeps streams alive by an event of another protocol."""

    def frames(self, answer, chat):
        """Return the events, with one more."""
        first, *rest = super().frames(answer, chat)
        ping = replace(first, data=b'event: ping\ndata: {"type":"ping"}\n\n')
        return [first, ping, *rest]


@pytest.mark.parametrize(
    ("wire", "part", "place"),
    [
        (NamesTheModel, "chat answer", "`model`"),
        (CountsInFloats, "chat answer", "usage.cached_tokens"),
        (Refuses, "failure", "status 418"),
        (Pings, "stream", "event ping"),
    ],
)
def test_what_the_service_never_sends_is_named(wire, part, place):
    """A wire that invents something is found out, and nothing else is said of it."""
    (found,) = prove_wire(replace(HARNESS, wire=wire())).invented
    assert found.startswith(f"{part}: ")
    assert place in found
