"""The error of a worker in another process, on its way to who started the run."""

from __future__ import annotations

from msgspec import Struct

from provider_sdk._errors import ProviderError
from provider_sdk.bulk.errors import BulkError

_PACKAGE = "provider_sdk"


class Failure(Struct, frozen=True, omit_defaults=True):
    """What an error says, without what led to it.

    Attributes:
        kind: the name of its class, or of the nearest one that the SDK defines.
        message: as in ``ProviderError``; the other fields too.
    """

    kind: str
    message: str
    hint: str | None = None
    provider: str | None = None
    model: str | None = None
    status: int | None = None
    request_id: str | None = None
    served_by: str | None = None
    retry_after: float | None = None


def failure_of(error: BaseException) -> Failure:
    """Return what can be sent of an error.

    Only a ``ProviderError`` promises that its text holds no credential. So of any other error the
    text is not sent, only its class and the place where it was raised.
    """
    if not isinstance(error, ProviderError):
        return Failure("BulkError", f"a worker failed: {type(error).__name__}{_place(error)}")
    return Failure(
        next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _classes()),
        error.message,
        hint=error.hint,
        provider=error.provider,
        model=error.model,
        status=error.status,
        request_id=error.request_id,
        served_by=error.served_by,
        retry_after=error.retry_after,
    )


def error_of(failure: Failure) -> ProviderError:
    """Return an error that says the same; ``BulkError`` if its class is not known here."""
    return _classes().get(failure.kind, BulkError)(
        failure.message,
        hint=failure.hint,
        provider=failure.provider,
        model=failure.model,
        status=failure.status,
        request_id=failure.request_id,
        served_by=failure.served_by,
        retry_after=failure.retry_after,
    )


def _place(error: BaseException) -> str:
    """Return where an error was raised, such as " in worker.py, line 12"."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    name = trace.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
    return f" in {name}, line {trace.tb_lineno}"


def _classes() -> dict[str, type[ProviderError]]:
    """Return by name the error classes that the SDK defines and that say nothing of their own."""
    found: dict[str, type[ProviderError]] = {}
    waiting: list[type[ProviderError]] = [ProviderError]
    while waiting:
        kind = waiting.pop()
        if kind.__module__.startswith(_PACKAGE) and kind.__init__ is ProviderError.__init__:
            found[kind.__name__] = kind
        waiting.extend(kind.__subclasses__())
    return found
