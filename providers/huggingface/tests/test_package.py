"""What the distribution declares."""

from importlib.metadata import entry_points, version

import provider_huggingface
from provider_sdk import CAPABILITIES, PROVIDER_REGISTRY


def test_entry_point():
    """The provider is found as `hf` by its entry point."""
    (point,) = entry_points(group="provider_sdk.providers", name="hf")

    assert point.value == "provider_huggingface:HfProvider"
    assert PROVIDER_REGISTRY["hf"] is provider_huggingface.HfProvider


def test_version():
    """The distribution's version is the package's."""
    assert version("provider-contract-huggingface") == provider_huggingface.__version__


def test_public_names():
    """Every public name is there."""
    assert all(hasattr(provider_huggingface, name) for name in provider_huggingface.__all__)


def test_declaration():
    """The class declares its name, that it needs a token, and what the router can do."""
    provider = provider_huggingface.HfProvider

    assert (provider.name, provider.credential) == ("hf", "required")
    assert provider.capabilities == CAPABILITIES - {"token_counting"}
