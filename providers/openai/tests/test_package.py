"""What the distribution declares."""

from importlib.metadata import entry_points, version

import provider_openai
from provider_sdk import CAPABILITIES, PROVIDER_REGISTRY


def test_entry_point():
    """The provider is found as `codex` by its entry point."""
    (point,) = entry_points(group="provider_sdk.providers", name="codex")

    assert point.value == "provider_openai:CodexProvider"
    assert PROVIDER_REGISTRY["codex"] is provider_openai.CodexProvider


def test_entry_point_of_openai():
    """The other provider is found as `openai`."""
    (point,) = entry_points(group="provider_sdk.providers", name="openai")

    assert point.value == "provider_openai:OpenAIProvider"
    assert PROVIDER_REGISTRY["openai"] is provider_openai.OpenAIProvider


def test_version():
    """The distribution's version is the package's."""
    assert version("provider-contract-openai") == provider_openai.__version__


def test_public_names():
    """Every public name is there."""
    assert all(hasattr(provider_openai, name) for name in provider_openai.__all__)


def test_declaration_of_codex():
    """The class declares its name, that it needs a key, and what the Responses API can do."""
    provider = provider_openai.CodexProvider

    assert (provider.name, provider.credential, provider.local) == ("codex", "required", False)
    assert provider.capabilities == CAPABILITIES - {"seed", "stop", "token_counting"}


def test_declaration_of_openai():
    """The class declares its name, that it needs a key, and what chat completions can do."""
    provider = provider_openai.OpenAIProvider

    assert (provider.name, provider.credential, provider.local) == ("openai", "required", False)
    assert provider.capabilities == CAPABILITIES - {"token_counting"}
