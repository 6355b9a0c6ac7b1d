"""Assertions about errors. A provider may raise a subclass: the contract's class counts."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

import provider_sdk
from provider_sdk import BaseProvider, ProviderError

from provider_conformance.lab._exceptions import exception_line
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab._subjects import STRAY
from provider_conformance.wires._answer import Failure

_E = TypeVar("_E", bound=ProviderError)
_T = TypeVar("_T")

_CONTRACT_CLASSES = frozenset(
    kind
    for kind in (getattr(provider_sdk, name) for name in provider_sdk.__all__)
    if isinstance(kind, type) and issubclass(kind, ProviderError)
)


def contract_class(error: ProviderError) -> type[ProviderError]:
    """Return the most specific class of the contract of which an error is an instance."""
    return next(kind for kind in type(error).__mro__ if kind in _CONTRACT_CLASSES)


async def raises_exactly(lab: Lab, kind: type[_E], call: Awaitable[object], what: str) -> _E:
    """Return the error that a call raises; fail unless exactly this class of the contract fits.

    A more specific class of the contract fails too, because it promises a remedy that does not fit.
    """
    error = await lab.raises(kind, call, what)
    lab.equal(f"the class of the error of {what}", kind.__name__, contract_class(error).__name__)
    return error


async def fails_with(
    lab: Lab, provider: BaseProvider, failure: Failure, kind: type[ProviderError]
) -> list[ProviderError]:
    """Make the service fail; return the errors of a call and, if the provider can, of a stream.

    Fail unless each is exactly of that class of the contract.
    """
    lab.service.reply_always(failure, "chat")
    what = f"a call that fails with {failure.kind}"
    errors: list[ProviderError] = [await raises_exactly(lab, kind, lab.chat(provider), what)]
    if "streaming" in lab.capabilities:
        errors.append(
            await raises_exactly(lab, kind, lab.open_stream(provider), f"{what}, streamed")
        )
    return errors


async def only_provider_errors(lab: Lab, call: Awaitable[_T], what: str) -> _T | ProviderError:
    """Return what a call returns, or the ``ProviderError`` that it raises; fail on any other."""
    try:
        return await lab.outcome(call)
    except Exception as error:  # noqa: BLE001 - a foreign exception is the finding
        lab.errors.append(error)
        actual = exception_line(error)
        raise Failed(what, "to return an answer or raise ProviderError", actual, STRAY) from None
