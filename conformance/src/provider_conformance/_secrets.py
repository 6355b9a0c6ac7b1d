"""Where a credential shows although it must not: searched by value, not by name."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterator
from urllib.parse import quote

from provider_conformance._lab import Lab


def leaks(lab: Lab) -> list[str]:
    """Return the places of a check's world in which the credential shows."""
    if not lab.credential:
        return []
    forms = {lab.credential, quote(lab.credential, safe="")}
    return sorted({where for where, text in _texts(lab) if any(form in text for form in forms)})


def _texts(lab: Lab) -> Iterator[tuple[str, str]]:
    for provider in lab.providers:
        yield "repr(provider)", repr(provider)
        yield "str(provider)", str(provider)
    for error in lab.errors:
        yield from _of_error(error)
    for exchange in lab.service.exchanges:
        yield "a URL", f"{exchange.request.path}?{exchange.request.query}"
    yield from lab.heard.texts()


def _of_error(error: BaseException) -> Iterator[tuple[str, str]]:
    yield "str(error)", str(error)
    yield "repr(error)", repr(error)
    yield "error.args", repr(error.args)
    yield "the attributes of an error", repr(vars(error))
    yield "the exception chain", "".join(traceback.format_exception(error))
    for cause in _chain(error):
        yield "an exception behind the error", f"{cause!r} {vars(cause)!r}"
    try:
        yield "a pickled error", pickle.dumps(error).decode("latin-1")
    except (pickle.PicklingError, TypeError, AttributeError):
        return  # what cannot be pickled leaks nothing that way


def _chain(error: BaseException) -> Iterator[BaseException]:
    # __context__ stays reachable even where `from None` keeps it out of the traceback.
    seen: set[int] = {id(error)}
    waiting = [error.__cause__, error.__context__]
    while waiting:
        cause = waiting.pop()
        if cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [cause.__cause__, cause.__context__]
