"""Replies that no service should send, for any protocol."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace

from provider_conformance.lab._lab import Lab
from provider_conformance.wires._script import Reply, Reset, SeenRequest

Script = Callable[[SeenRequest], Reply]


def page(status: int, title: str) -> Reply:
    """Return a web page, as proxies, portals and parked domains send it."""
    text = f"<!doctype html>\n<html><head><title>{title}</title></head><body>{title}</body></html>"
    return Reply(status, {"content-type": "text/html; charset=utf-8"}, (text.encode(),))


def instead(lab: Lab, body: bytes) -> Script:
    """Return a script that answers like the sound service, with another body."""

    def reply(request: SeenRequest) -> Reply:
        return replace(lab.service.unscripted_reply(request), steps=(body,), streamed=False)

    return reply


def broken_off(lab: Lab) -> Script:
    """Return a script whose reply breaks off in the middle of its body."""

    def reply(request: SeenRequest) -> Reply:
        sound = lab.service.unscripted_reply(request)
        half = sound.body[: len(sound.body) // 2]
        return replace(sound, steps=(half, Reset()), streamed=True)

    return reply


def garbage(lab: Lab, *routes: str) -> Iterator[tuple[str, Script]]:
    """Yield successful replies to these routes that are no answer, with what each holds."""
    yield "a web page", lambda request: page(200, "Welcome")
    yield "bytes that are no text", instead(lab, b"\x00\xff\xfe{")
    known = lab.wire.traits.nonsense
    bodies = dict.fromkeys(body for route in routes for body in known.get(route, ()))
    for body in bodies:
        # An odd answer of one endpoint can be a sound one of another.
        if all(body in known.get(route, (body,)) for route in routes):
            yield f"the body {body.decode(errors='replace')!r}", instead(lab, body)


def nowhere() -> str:
    """Return the address of a port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
