{% set stem = cookiecutter.class_name.removesuffix("Provider") %}
"""The dialect, byte by byte, as the service's documentation shows the protocol."""

import json

{{ imports(
    (cookiecutter.package_name, [stem ~ "Dialect"]),
    (
        "provider_sdk",
        ["ChatCall", "HttpReply", "Message", "ProviderOverloadedError", "StreamEnd", "Usage"],
    ),
) }}

DIALECT = {{ stem }}Dialect()
CALL = ChatCall("large", (Message("user", "Why?"),), {"seed": 7})


def test_request():
    """Model, turns and options are in one object."""
    request = DIALECT.chat_request(CALL)

    assert (request.method, request.path) == ("POST", "/chat")
    assert json.loads(request.body or b"") == {
        "model": "large",
        "stream": False,
        "turns": [{"role": "user", "text": "Why?"}],
        "seed": 7,
    }


def test_whole_answer():
    """The answer says what was written, by whom, and why it ended."""
    body = b'{"model":"large-2","text":"So.","usage":{"read":2,"written":1},"finish":"done"}'
    response = DIALECT.parse_chat(CALL, HttpReply(200, {}, body))

    assert (response.text, response.model) == ("So.", "large-2")
    assert (response.finish_reason, response.raw_finish_reason) == ("stop", "done")
    assert response.usage == Usage(2, 1)


def test_streamed_answer():
    """Each line adds to the answer, however the bytes are cut."""
    decoder = DIALECT.stream_decoder(CALL)
    first, *rest = decoder.feed(b'{"text":"S') + decoder.feed(b'o."}\n{"finish":"done"}\n')

    assert first.text == "So."
    assert rest[-1] == StreamEnd()
    assert decoder.flush() == []


def test_error():
    """A code of the protocol has its own error, with the service's message."""
    body = b'{"error":{"code":"busy","message":"too many conversations"}}'
    error = DIALECT.parse_error(HttpReply(503, {}, body))

    assert (type(error), error.message) == (ProviderOverloadedError, "too many conversations")
