"""What the distribution declares."""

from importlib.metadata import entry_points, version

import provider_gemini
from provider_sdk import CAPABILITIES, PROVIDER_REGISTRY


def test_entry_point():
    """The provider is found as `gemini` by its entry point."""
    (point,) = entry_points(group="provider_sdk.providers", name="gemini")

    assert point.value == "provider_gemini:GeminiProvider"
    assert PROVIDER_REGISTRY["gemini"] is provider_gemini.GeminiProvider


def test_version():
    """The distribution's version is the package's."""
    assert version("provider-contract-gemini") == provider_gemini.__version__


def test_public_names():
    """Every public name is there."""
    assert all(hasattr(provider_gemini, name) for name in provider_gemini.__all__)


def test_declaration():
    """The class declares its name, that it needs a key, and what the protocol can do."""
    provider = provider_gemini.GeminiProvider

    assert (provider.name, provider.credential, provider.local) == ("gemini", "required", False)
    assert provider.capabilities == CAPABILITIES
