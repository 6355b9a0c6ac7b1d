"""Finds the places where a credential shows, by searching for its value."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterator
from urllib.parse import urlsplit

from provider_conformance.lab._lab import Lab
from provider_conformance.lab._secrets import secret_forms, without_secrets
from provider_conformance.wires._script import SeenRequest


def leak_places(lab: Lab) -> list[str]:
    """Return the places in which a credential shows, of all that a check made the provider do."""
    texts = dict.fromkeys(_texts_to_search(lab))
    # Hardly any check finds one, and one search of all is cheaper than thousands of few words.
    if not holds_secret(lab, "\n".join(text for _, text in texts)):
        return []
    return sorted({where for where, text in texts if holds_secret(lab, text)})


def request_text(request: SeenRequest) -> str:
    """Return target, headers and body of a request as one text."""
    headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    body = request.body.decode("utf-8", errors="replace")
    return f"{request.path}?{request.query}\n{headers}\n{body}"


def holds_secret(lab: Lab, text: str) -> bool:
    """Return whether a credential of the check shows in a text, in any of its forms."""
    if any(form in text for secret in lab.secrets for form in secret_forms(secret)):
        return True
    return without_secrets(lab.secrets, text) != text


def requests_elsewhere(lab: Lab) -> list[SeenRequest]:
    """Return the requests that went to another host than the service's."""
    home = urlsplit(lab.driver.address).netloc
    return [e.request for e in lab.service.exchanges if e.request.host != home]


def _texts_to_search(lab: Lab) -> Iterator[tuple[str, str]]:
    for provider in lab.providers:
        yield "repr(provider)", repr(provider)
        yield "str(provider)", str(provider)
        yield "a pickled provider", _pickled(provider)
    for error in lab.errors:
        yield from _error_texts(error)
    for where, value in lab.returned:
        yield where, repr(value)
    yield from _request_texts(lab)
    yield from lab.captured.texts()


def _request_texts(lab: Lab) -> Iterator[tuple[str, str]]:
    for exchange in lab.service.exchanges:
        yield "a URL", f"{exchange.request.path}?{exchange.request.query}"
    for request in requests_elsewhere(lab):
        yield "a request to another host", request_text(request)


def _error_texts(error: BaseException) -> Iterator[tuple[str, str]]:
    yield "str(error)", str(error)
    yield "repr(error)", repr(error)
    yield "error.args", repr(error.args)
    yield "the attributes of an error", repr(vars(error))
    yield "the exception chain", "".join(traceback.format_exception(error))
    for cause in _exception_chain(error):
        yield "the cause of an error", f"{cause} {cause!r} {cause.args!r} {vars(cause)!r}"
    yield "a pickled error", _pickled(error)


def _pickled(value: object) -> str:
    try:
        return pickle.dumps(value, protocol=0).decode("latin-1")
    except Exception:  # noqa: BLE001 - what cannot be pickled leaks nothing that way
        return ""


def _exception_chain(error: BaseException) -> Iterator[BaseException]:
    # __context__ stays reachable even where `from None` keeps it out of the traceback.
    seen: set[int] = {id(error)}
    waiting = [error.__cause__, error.__context__]
    while waiting:
        cause = waiting.pop()
        if cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [cause.__cause__, cause.__context__, *getattr(cause, "exceptions", ())]
