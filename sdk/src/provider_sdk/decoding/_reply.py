"""Decodes the JSON of a whole reply, or says what came instead."""

from __future__ import annotations

from typing import Any

from provider_sdk._dialect import HttpReply
from provider_sdk._errors import ProviderResponseError
from provider_sdk._json import decode_json, is_too_deep

_BLANK = b"\xef\xbb\xbf \t\r\n"


def json_reply(reply: HttpReply) -> Any:
    """Return the decoded body of a successful reply.

    Raises:
        ProviderResponseError: it is not JSON; the message says if it is HTML or an event stream.
    """
    try:
        return decode_json(reply.body)
    except ValueError:
        failure = _not_json(reply.body)
    raise failure


def _not_json(body: bytes) -> ProviderResponseError:
    if is_too_deep(body) and body.rstrip().endswith((b"]", b"}")):
        return ProviderResponseError("the answer is nested too deeply")
    start = body.lstrip(_BLANK)[:6]
    if start.startswith((b"data:", b"event:")) or _is_lines_of_objects(body):
        return ProviderResponseError(
            "the service streamed its answer although it was not asked to",
            hint="Ask for a stream.",
        )
    what = "nothing" if not start else "an HTML page" if start[:1] == b"<" else "something else"
    return ProviderResponseError(
        f"the service answered with {what} instead of JSON",
        hint="Check that the base URL is the address of the API itself.",
    )


def _is_lines_of_objects(body: bytes) -> bool:
    """Whether the first of several lines is a JSON object, as in streams of JSON lines."""
    first, _, rest = body.lstrip(_BLANK).partition(b"\n")
    if not first.startswith(b"{") or not rest.strip():
        return False
    try:
        return isinstance(decode_json(first), dict)
    except ValueError:
        return False
