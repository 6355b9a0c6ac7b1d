"""Providers that are registered for a while."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from provider_sdk._routing import registry
from provider_sdk._routing.config import ProviderFactory


@contextmanager
def registered(factories: Mapping[str, ProviderFactory]) -> Iterator[None]:
    """Register providers for the time of the block.

    ``register_provider`` would look through all distributions for each of them, to find another
    claim of its name, which takes longer than most tests.
    """
    before = dict(registry._registered)
    registry._registered.update(factories)
    try:
        yield
    finally:
        registry._registered.clear()
        registry._registered.update(before)
