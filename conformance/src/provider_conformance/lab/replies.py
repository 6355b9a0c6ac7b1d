"""Replies that are not valid in any protocol."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace

from provider_conformance.lab._lab import Lab
from provider_conformance.wires._script import Reply, Reset, SeenRequest

ReplyFunction = Callable[[SeenRequest], Reply]


def web_page(status: int, title: str) -> Reply:
    """Return a web page, as proxies, login portals and parked domains send it."""
    text = f"<!doctype html>\n<html><head><title>{title}</title></head><body>{title}</body></html>"
    return Reply(status, {"content-type": "text/html; charset=utf-8"}, (text.encode(),))


def reply_with_body(lab: Lab, body: bytes) -> ReplyFunction:
    """Return a reply like the unscripted one, but with this body."""

    def reply(request: SeenRequest) -> Reply:
        return replace(lab.service.unscripted_reply(request), steps=(body,), streamed=False)

    return reply


def reply_after(lab: Lab, seconds: float) -> ReplyFunction:
    """Return a reply like the unscripted one, but so many seconds late."""

    def reply(request: SeenRequest) -> Reply:
        return replace(lab.service.unscripted_reply(request), delay=seconds)

    return reply


def reply_broken_off(lab: Lab) -> ReplyFunction:
    """Return a reply like the unscripted one that breaks off in the middle of its body."""

    def reply(request: SeenRequest) -> Reply:
        usual = lab.service.unscripted_reply(request)
        half = usual.body[: len(usual.body) // 2]
        return replace(usual, steps=(half, Reset()), streamed=True)

    return reply


def malformed_replies(lab: Lab, *routes: str) -> Iterator[tuple[str, ReplyFunction]]:
    """Yield replies with status 200 that are not valid for these routes, each with its name."""
    yield "a web page", lambda request: web_page(200, "Welcome")
    yield "bytes that are not text", reply_with_body(lab, b"\x00\xff\xfe{")
    known = lab.wire.traits.nonsense
    bodies = dict.fromkeys(body for route in routes for body in known.get(route, ()))
    for body in bodies:
        # What is not valid for one route may be valid for another.
        if all(body in known.get(route, (body,)) for route in routes):
            yield f"the body {body.decode(errors='replace')!r}", reply_with_body(lab, body)


def closed_port_address() -> str:
    """Return the address of a port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
