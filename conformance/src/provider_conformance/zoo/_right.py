"""Right providers as data: a provider that keeps the contract in an unusual way."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from provider_conformance._harness import Harness
from provider_conformance.drivers import DriverName
from provider_conformance.zoo.reference import HARNESS

_P = TypeVar("_P", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Right:
    """A provider that keeps the contract, unlike most others.

    Attributes:
        name: the class's name.
        unusual: what is unusual about it, in one sentence.
        harness: the harness with which the kit runs it.
        driver: the driver for the checks that can be observed on both.
        warns: the checks of severity SHOULD that it fails, as a provider may.
    """

    name: str
    unusual: str
    harness: Harness
    driver: DriverName
    warns: frozenset[str]


registry: dict[str, Right] = {}


def right(
    *, driver: DriverName = "respx", warns: Iterable[str] = (), **harness: Any
) -> Callable[[_P], _P]:
    """Register the provider below as a right one; its docstring says what is unusual.

    Args:
        driver: ``"socket"`` if it sends its requests without httpx's asynchronous client, or if
            only a socket shows what is unusual.
        warns: the checks of severity SHOULD that it fails.
        harness: fields of the harness that differ from the reference's.
    """

    def register(provider: _P) -> _P:
        name = provider.__name__
        if name in registry:
            raise ValueError(f"two right providers are called {name}")
        unusual = (inspect.getdoc(provider) or "").partition("\n")[0]
        own = replace(HARNESS, provider=provider, **harness)
        registry[name] = Right(name, unusual, own, driver, frozenset(warns))
        return provider

    return register
