"""What the distribution declares."""

from importlib.metadata import entry_points, version

import provider_ollama
from provider_ollama import OllamaCompatibleProvider, OllamaProvider
from provider_sdk import CAPABILITIES, PROVIDER_REGISTRY, ManagesModels


def test_entry_point():
    """The provider is found as `ollama` by its entry point."""
    (point,) = entry_points(group="provider_sdk.providers", name="ollama")

    assert point.value == "provider_ollama:OllamaProvider"
    assert PROVIDER_REGISTRY["ollama"] is OllamaProvider


def test_version():
    """The distribution's version is the package's."""
    assert version("provider-contract-ollama") == provider_ollama.__version__


def test_public_names():
    """Every public name is there."""
    assert all(hasattr(provider_ollama, name) for name in provider_ollama.__all__)


def test_declaration():
    """The class needs no key, is local, has no default model and can do all but count tokens."""
    assert (OllamaProvider.name, OllamaProvider.credential) == ("ollama", "optional")
    assert (OllamaProvider.local, OllamaProvider.default_model) == (True, "")
    assert OllamaProvider.capabilities == CAPABILITIES - {"token_counting"}


def test_it_manages_models():
    """A provider object implements the protocol for managing models."""
    assert isinstance(OllamaProvider(), ManagesModels)


def test_a_compatible_service_needs_class_attributes_only():
    """A service that speaks the protocol is a subclass with a name and an address."""

    class Acme(OllamaCompatibleProvider):
        name = "acme"
        base_url = "https://acme.example"

    assert (Acme().base_url, Acme.local) == ("https://acme.example", False)
