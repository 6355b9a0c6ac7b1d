"""Replies that no service should send, for any protocol."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace

from provider_conformance.lab._lab import Lab
from provider_conformance.wires._script import Reply, Reset, SeenRequest

ReplyFunction = Callable[[SeenRequest], Reply]


def web_page(status: int, title: str) -> Reply:
    """Return a web page, as proxies, portals and parked domains send it."""
    text = f"<!doctype html>\n<html><head><title>{title}</title></head><body>{title}</body></html>"
    return Reply(status, {"content-type": "text/html; charset=utf-8"}, (text.encode(),))


def reply_with_body(lab: Lab, body: bytes) -> ReplyFunction:
    """Return a script that answers like the sound service, with another body."""

    def reply(request: SeenRequest) -> Reply:
        return replace(lab.service.unscripted_reply(request), steps=(body,), streamed=False)

    return reply


def reply_broken_off(lab: Lab) -> ReplyFunction:
    """Return a script whose reply breaks off in the middle of its body."""

    def reply(request: SeenRequest) -> Reply:
        sound = lab.service.unscripted_reply(request)
        half = sound.body[: len(sound.body) // 2]
        return replace(sound, steps=(half, Reset()), streamed=True)

    return reply


def malformed_replies(lab: Lab, *routes: str) -> Iterator[tuple[str, ReplyFunction]]:
    """Yield successful replies to these routes that are no answer, with what each holds."""
    yield "a web page", lambda request: web_page(200, "Welcome")
    yield "bytes that are no text", reply_with_body(lab, b"\x00\xff\xfe{")
    known = lab.wire.traits.nonsense
    bodies = dict.fromkeys(body for route in routes for body in known.get(route, ()))
    for body in bodies:
        # An odd answer of one endpoint can be a sound one of another.
        if all(body in known.get(route, (body,)) for route in routes):
            yield f"the body {body.decode(errors='replace')!r}", reply_with_body(lab, body)


def closed_port_address() -> str:
    """Return the address of a port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
