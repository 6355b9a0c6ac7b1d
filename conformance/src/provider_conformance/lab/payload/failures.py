"""What a failing service says, in every form."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence

from provider_conformance.lab.payload import mixed_case, sentence, word
from provider_conformance.lab.payload.texts import difficult_text, fenced_text, json_text

Body = tuple[str, bytes]
"""A content type, perhaps empty, and a body."""


def messages(rng: random.Random) -> Sequence[str]:
    """Return messages in which, taken together, every form occurs.

    None begins or ends with white space, which is no part of what a service says.
    """
    return (
        f"{difficult_text(rng).strip()} {{{{0}}}} 100%% %(a)d {sentence(rng)}",
        fenced_text(rng),
        json_text(rng),
        long_message(rng),
    )


def long_message(rng: random.Random) -> str:
    """Return a message of more than a thousand characters."""
    return f"{sentence(rng)} {mixed_case(rng, 50) * 20} {word(rng)}"


def request_id(rng: random.Random) -> str:
    """Return an id of an exchange, in both cases and with punctuation."""
    return f"req_{mixed_case(rng, 12)}-{rng.getrandbits(48):x}:{mixed_case(rng, 40)}/1"


def foreign_bodies(message: str) -> Mapping[str, Body]:
    """Return bodies of errors that hold a message, in the shapes of gateways and frameworks."""
    inner = {"error": {"message": message}}
    metadata = {"raw": _text(inner), "provider_name": "Back End"}
    outer = {"message": "Provider returned error", "code": 502, "metadata": metadata}
    located = {"type": "value_error", "loc": ["body", "field"], "msg": message}
    shapes: Mapping[str, object] = {
        "a JSON text": message,
        "an object with error": {"error": message},
        "an object with message": {"message": message},
        "an object with detail": {"detail": message},
        "an object with msg": {"code": 1, "msg": message},
        "an error that has a type only": {"error": {"type": "server_error", "message": message}},
        "a list of details": {"detail": [located]},
        "a list of errors": {"errors": [{"message": message}]},
        "a list of texts": {"errors": [message]},
        "a list around an error": [inner],
        "a problem of RFC 9457": {"type": "about:blank", "title": "Failed", "detail": message},
        "an error within an error": {"error": outer},
        "an error as JSON text within an error": {"error": _text(inner)},
    }
    found = {shape: ("application/json", _text(body).encode()) for shape, body in shapes.items()}
    return found | {
        "a text": ("text/plain; charset=utf-8", message.encode()),
        "a text without a content type": ("", message.encode()),
        "an object called a text": ("text/plain", _text(inner).encode()),
        "an object called bytes": ("application/octet-stream", _text(inner).encode()),
        "an object of another kind": ("application/problem+json", _text(inner).encode()),
        "an object with white space around": ("application/json", f"\n {_text(inner)} \n".encode()),
    }


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
