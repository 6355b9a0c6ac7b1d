"""ERROR: statuses that services, gateways and proxies send, and bodies that fight their reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from provider_sdk import (
    BaseProvider,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRequestError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calls import chat_calls
from provider_conformance.wires._answer import ErrorKind, Failure
from provider_conformance.wires._script import Reply

_Kinds = tuple[type[ProviderError], ...]
# What a status means, and the kind of failure that a service reports with it.
_MEANINGS: Mapping[int, tuple[ErrorKind, _Kinds]] = {
    402: ("quota", (ProviderQuotaError,)),
    404: ("model_not_found", (ProviderModelNotFoundError, ProviderRequestError)),
    405: ("bad_request", (ProviderRequestError,)),
    408: ("timeout", (ProviderTimeoutError,)),
    410: ("model_not_found", (ProviderModelNotFoundError, ProviderRequestError)),
    413: ("bad_request", (ProviderRequestError,)),
    415: ("bad_request", (ProviderRequestError,)),
    422: ("bad_request", (ProviderRequestError,)),
    451: ("bad_request", (ProviderRequestError, ProviderPermissionError)),
    520: ("server", (ProviderUnavailableError,)),
    529: ("overloaded", (ProviderOverloadedError,)),
}
_NOT_AN_ANSWER = (204, 300, 302, 304, 308)
_LONGEST = 300_000


@check("PC-ERROR-032")
async def statuses_mean_what_they_say(lab: Lab) -> None:
    """A status raises the class that it means, with a body and without.

    Rule: 402 raises ProviderQuotaError, 408 ProviderTimeoutError, 529 ProviderOverloadedError;
    404 and 410 raise ProviderModelNotFoundError or ProviderRequestError; 405, 413, 415 and 422
    raise ProviderRequestError; 451 that or ProviderPermissionError; 520 and other 5xx
    ProviderUnavailableError. A status that is neither an error nor 200 raises ProviderError, if the
    reply holds no answer. error.status tells each from 300 up.
    Why: Who pays, who waits and who changes the request depends on it.
    How: Makes an exchange, then has the service answer with each status, without a body and with an
    error of the protocol, streamed and not.
    Fix: Map the status to a class if the body does not tell more.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    for status, (kind, meant) in _MEANINGS.items():
        for what, reply in (
            (f"gets a bare {status}", Reply(status)),
            (f"gets {status}", lab.wire.failure(Failure(kind, lab.text(), status))),
        ):
            await _require_raised(lab, provider, reply, meant, what)
    for status in _NOT_AN_ANSWER:
        await _require_raised(lab, provider, Reply(status), (ProviderError,), f"gets {status}")


@check("PC-ERROR-038")
async def hostile_error_bodies(lab: Lab) -> None:
    """An error body that cannot be read is judged by its status.

    Rule: Whatever an error's body holds (bytes that are not UTF-8, megabytes, deep nesting, other
    types), the class is that of the status; words at its beginning that can be read are kept.
    Why: The body of an error is written by whatever broke.
    How: Makes an exchange, then has the service fail with each kind of body, streamed and not.
    Fix: Decode with errors="replace", read a bounded part, and catch what your parser raises.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    words = f"Fehler {lab.rng.getrandbits(40):x}"
    bodies: Mapping[str, tuple[str, bytes]] = {
        "in Latin-1": ("text/plain; charset=iso-8859-1", f"{words} für dich".encode("latin-1")),
        "of bytes": ("application/json", b"\x00\xff\xfe{" * 9),
        "of many words": ("text/plain", f"{words} {'x' * _LONGEST}".encode()),
        "nested deeply": ("application/json", b'{"error":' * 3000 + b"1" + b"}" * 3000),
        "of other types": ("application/json", b'{"error":[1,{"message":[null]}],"detail":7}'),
        "of a huge number": ("application/json", b'{"error":' + b"9" * 5000 + b"}"),
        "of a key that is missing": ("application/json", b"{}"),
        "of nothing": ("application/json", b"null"),
    }
    for what, (kind, body) in bodies.items():
        reply = Reply(503, {"content-type": kind}, (body,))
        meant = (ProviderUnavailableError,)
        found = await _require_raised(lab, provider, reply, meant, f"gets an error {what}")
        for error in found if words.encode() in body else ():
            lab.true(
                f"the text of an error {what}", words in str(error), f"to hold {words!r}", error
            )


async def _require_raised(
    lab: Lab, provider: BaseProvider, reply: Reply, meant: _Kinds, what: str
) -> Sequence[ProviderError]:
    """Return the errors of a call and a stream; fail unless both are of these classes."""
    lab.service.reply_always(reply, "chat")
    calls, found = chat_calls(lab, provider), []
    calls.pop("complete()")
    for name, call in calls.items():
        error = await lab.raises(ProviderError, call(), f"{name} that {what}")
        names = " or ".join(kind.__name__ for kind in meant)
        lab.true(
            f"the class of the error of {name} that {what}",
            isinstance(error, meant),
            names,
            type(error).__name__,
        )
        if reply.status >= 300:  # below, a client need not tell it from 200
            lab.equal(f"error.status of {name} that {what}", reply.status, error.status)
        found.append(error)
    return found
