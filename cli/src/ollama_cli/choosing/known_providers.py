"""The providers that there are, by name; none is imported to know its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from provider_sdk import PROVIDER_REGISTRY, RegistryError

from ollama_cli.choosing.importing import importing


class KnownProviders:
    """The providers that are installed, or that the settings describe.

    Args:
        settings: the settings, which a router has checked.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._configs: Mapping[str, Any] = settings.get("providers") or {}

    def __contains__(self, name: object) -> bool:
        return name in self._configs or name in self._registered

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._configs, *self._registered}))

    @cached_property
    def _registered(self) -> frozenset[str]:
        """The names in the registry, which reads the metadata of all distributions each time."""
        return frozenset(PROVIDER_REGISTRY)

    def has_slashes(self, name: str) -> bool:
        """Whether its default model has a slash in its name, so that the others have one too."""
        config = self._configs.get(name) or {}
        return "/" in (config.get("default_model") or self._built_in_default(name))

    def _built_in_default(self, name: str) -> str:
        try:
            with importing():
                found = getattr(PROVIDER_REGISTRY[name], "default_model", "")
        except RegistryError:
            return ""  # whoever asks it is told
        return found if isinstance(found, str) else ""
