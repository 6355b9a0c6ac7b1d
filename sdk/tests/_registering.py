"""Providers that are registered for a while."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from provider_sdk import register_provider
from provider_sdk._routing import registry
from provider_sdk._routing.config import ProviderFactory


@contextmanager
def registered(factories: Mapping[str, ProviderFactory]) -> Iterator[None]:
    """Register providers for the time of the block."""
    before = dict(registry._registered)
    try:
        for name, factory in factories.items():
            register_provider(name, factory)
        yield
    finally:
        registry._registered.clear()
        registry._registered.update(before)
