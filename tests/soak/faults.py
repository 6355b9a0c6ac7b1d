"""Every way in which an upstream fails, and the errors that each of them explains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from provider_conformance import Service
from provider_conformance.faults import FAULTS as OF_KIT
from provider_conformance.wires import Close, Failure, Head, Pause, Reply, SeenRequest

Reader = Callable[[SeenRequest], Reply]
_HALF_WAY = "the back end went away"
_BROKEN = ("ProviderResponseError", "StreamInterruptedError")
_LATE = ("ProviderTimeoutError", "StreamTimeoutError")


@dataclass(frozen=True)
class Fault:
    """One way to fail.

    Attributes:
        script: makes what the service replies with.
        errors: the names of the errors that it may lead to.
        may_answer: whether the right answer may arrive all the same.
        is_slow: whether it takes long, so that the time for the call may run out.
    """

    script: Callable[[Service], object]
    errors: frozenset[str]
    may_answer: bool = False
    is_slow: bool = False


def _reply(reply: Reply) -> Callable[[Service], Reply]:
    return lambda service: reply


def _page(status: int, headers: Mapping[str, str] = {}) -> Callable[[Service], Reply]:
    """What a proxy in between says on a page of its own."""
    page = b"<html><title>%d</title><h1>Not now</h1></html>" % status
    return _reply(Reply(status, {"content-type": "text/html", **headers}, (page,)))


def _head(head: Head) -> Callable[[Service], Reply]:
    return _reply(Reply(head=head))


def _changed(change: Callable[[Service, Reply], Reply]) -> Callable[[Service], Reader]:
    return lambda service: lambda request: change(service, service.unscripted_reply(request))


def _body(body: bytes) -> Callable[[Service], Reader]:
    return _changed(lambda service, reply: replace(reply, steps=(body,), streamed=False))


def _announced(share: float) -> Callable[[Service], Reader]:
    """A length that is not the body's; what the body has beyond it must not be read as a reply."""

    def change(service: Service, reply: Reply) -> Reply:
        length = str(round(len(reply.body) * share))
        headers = {**reply.headers, "content-length": length, "connection": "close"}
        return replace(reply, headers=headers, streamed=False, closes=True)

    return _changed(change)


def _closed(service: Service, reply: Reply) -> Reply:
    return replace(reply, steps=(*_half(reply), Close()))


def _error_inside(service: Service, reply: Reply) -> Reply:
    wire, failure = service.wire, Failure("server", _HALF_WAY)
    if not reply.streamed:
        return wire.failed_answer(failure) or wire.failure(failure)
    return replace(reply, steps=(*_half(reply), wire.failure_frame(failure).data))


def _trickle(service: Service, reply: Reply) -> Reply:
    body, parts = reply.body, 12
    cuts = [len(body) * part // parts for part in range(parts + 1)]
    pieces = [body[start:end] for start, end in pairwise(cuts)]
    return replace(reply, steps=tuple(step for piece in pieces for step in (Pause(0.05), piece)))


def _half(reply: Reply) -> tuple[object, ...]:
    if reply.streamed:
        return reply.steps[: len(reply.steps) // 2]
    return (reply.body[: len(reply.body) // 2],)


def _fault(script: Callable[[Service], object], *errors: str, **facts: bool) -> Fault:
    return Fault(script, frozenset(errors), **facts)


_ERRORS_OF_KIT: Mapping[str, tuple[str, ...]] = {
    "auth": ("ProviderAuthError",),
    "permission": ("ProviderPermissionError",),
    "quota": ("ProviderQuotaError",),
    "rate-limit": ("ProviderRateLimitError",),
    "model": ("ProviderModelNotFoundError",),
    "bad-request": ("ProviderRequestError",),
    "context": ("ContextLengthError",),
    "overloaded": ("ProviderOverloadedError",),
    "server": ("ProviderUnavailableError",),
    "html": ("ProviderResponseError",),
    "garbage": _BROKEN,
    "hang": _LATE,
    "reset": ("ProviderUnavailableError",),
    "cut": _BROKEN,
    "drop": _BROKEN,
    "stall": _LATE,
    "slow": _LATE,
}
_STATUSES: Mapping[str, tuple[int, Mapping[str, str], str]] = {
    "302": (302, {"location": "/elsewhere"}, "ProviderResponseError"),
    "401": (401, {}, "ProviderAuthError"),
    "402": (402, {}, "ProviderQuotaError"),
    "403": (403, {}, "ProviderPermissionError"),
    "404": (404, {}, "ProviderModelNotFoundError"),
    "408": (408, {}, "ProviderTimeoutError"),
    "413": (413, {}, "ProviderRequestError"),
    "429": (429, {}, "ProviderRateLimitError"),
    "429, again in 0.3 s": (429, {"retry-after-ms": "300"}, "ProviderRateLimitError"),
    "429, again in 2 s": (429, {"retry-after": "2"}, "ProviderRateLimitError"),
    "500": (500, {}, "ProviderUnavailableError"),
    "502": (502, {}, "ProviderUnavailableError"),
    "503": (503, {}, "ProviderOverloadedError"),
    "503, again in 1 s": (503, {"retry-after": "1"}, "ProviderOverloadedError"),
    "504": (504, {}, "ProviderTimeoutError"),
    "529": (529, {}, "ProviderOverloadedError"),
}
_SLOW = {"hang", "stall", "slow"}

FAULTS: Mapping[str, Fault] = {
    **{
        name: _fault(OF_KIT[name], *errors, is_slow=name in _SLOW, may_answer=name == "slow")
        for name, errors in _ERRORS_OF_KIT.items()
    },
    **{
        name: _fault(_page(status, headers), error)
        for name, (status, headers, error) in _STATUSES.items()
    },
    "closed before the head": _fault(_head("close"), "ProviderUnavailableError"),
    "reset within the head": _fault(_head("cut"), "ProviderUnavailableError"),
    "silent within the head": _fault(_head("stall"), *_LATE, is_slow=True),
    "not HTTP": _fault(_head("junk"), "ProviderUnavailableError"),
    "closed within the body": _fault(_changed(_closed), *_BROKEN),
    "error within the answer": _fault(_changed(_error_inside), "ProviderUnavailableError"),
    "empty": _fault(_body(b""), *_BROKEN),
    "null": _fault(_body(b"null"), *_BROKEN),
    "broken JSON": _fault(_body(b'{"a": ['), *_BROKEN),
    "announced too long": _fault(_announced(1.5), *_BROKEN, may_answer=True),
    "announced too short": _fault(_announced(0.5), *_BROKEN),
    "trickle": _fault(_changed(_trickle), *_LATE, may_answer=True, is_slow=True),
}
"""By name. A stream may be whole before its connection breaks, so some may answer all the same."""
