"""What the distribution declares."""

from importlib.metadata import entry_points, version

import provider_anthropic
from provider_sdk import CAPABILITIES, PROVIDER_REGISTRY


def test_entry_point():
    """The provider is found as `claude` by its entry point."""
    (point,) = entry_points(group="provider_sdk.providers", name="claude")

    assert point.value == "provider_anthropic:ClaudeProvider"
    assert PROVIDER_REGISTRY["claude"] is provider_anthropic.ClaudeProvider


def test_version():
    """The distribution's version is the package's."""
    assert version("provider-contract-anthropic") == provider_anthropic.__version__


def test_public_names():
    """Every public name is there."""
    assert all(hasattr(provider_anthropic, name) for name in provider_anthropic.__all__)


def test_declaration():
    """The class declares its name, that it needs a key, and what the protocol can do."""
    provider = provider_anthropic.ClaudeProvider

    assert (provider.name, provider.credential, provider.local) == ("claude", "required", False)
    assert provider.capabilities == CAPABILITIES - {"seed", "json_object"}
