"""The dialect, byte by byte, as the service documents its protocol."""

import json

from provider_parley import ParleyDialect
from provider_sdk import ChatCall, HttpReply, Message, ProviderOverloadedError, StreamEnd, Usage

DIALECT = ParleyDialect()
CALL = ChatCall("parley-large", (Message("user", "Why?"),), {"seed": 7, "stop": "END"})


def test_request():
    """The model, the turns and the settings are in one object."""
    request = DIALECT.chat_request(CALL)

    assert (request.method, request.path) == ("POST", "/replies")
    assert json.loads(request.body or b"") == {
        "engine": "parley-large",
        "dialogue": [{"from": "person", "says": "Why?"}],
        "form": "whole",
        "settings": {"dice": 7, "until": ["END"]},
    }


def test_whole_answer():
    """The answer says what was written, by whom, and why it ended."""
    body = b'{"engine":"parley-large-2","says":"So.","why":"done","spent":{"in":9,"out":2}}'
    response = DIALECT.parse_chat(CALL, HttpReply(200, {}, body))

    assert (response.text, response.model) == ("So.", "parley-large-2")
    assert (response.finish_reason, response.raw_finish_reason) == ("stop", "done")
    assert response.usage == Usage(9, 2)


def test_streamed_answer():
    """Each record adds to the answer, however the bytes are cut."""
    decoder = DIALECT.stream_decoder(CALL)
    first, *rest = decoder.feed(b'\x1e{"says":"S') + decoder.feed(b'o."}\n\x1e{"over":true}\n')

    assert first.text == "So."
    assert rest == [StreamEnd()]
    assert decoder.flush() == []


def test_error():
    """A kind of fault has its own error, with the service's text."""
    body = b'{"fault":{"kind":"busy","text":"too many guests"}}'
    error = DIALECT.parse_error(HttpReply(503, {}, body))

    assert (type(error), error.message) == (ProviderOverloadedError, "too many guests")
