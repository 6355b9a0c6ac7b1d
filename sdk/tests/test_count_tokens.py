"""A prompt is counted by the service that can, and estimated for any other."""

import pytest
from provider_sdk import (
    CAPABILITIES,
    PROVIDER_CONFIG,
    PROVIDER_REGISTRY,
    ProviderRequestError,
    ProviderRouter,
    ProviderUnavailableError,
    count_tokens,
    estimate_tokens,
)
from provider_sdk.testing import FakeProvider

from ._service import USER

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


class CountingProvider(FakeProvider):
    """Its service counts."""

    capabilities = CAPABILITIES
    failure = None

    async def count_tokens(self, messages, model=None, **options):
        """Count as its service would."""
        if self.failure:
            raise self.failure
        self.asked = messages, model, options
        return 42


async def test_a_service_that_counts():
    """It is asked with the model and options of the call."""
    provider = CountingProvider()

    assert await count_tokens(provider, USER, "m", tools=[TOOL]) == (42, "reported")
    assert provider.asked == (USER, "m", {"tools": [TOOL]})


async def test_a_service_that_does_not():
    """The count is an estimate, with the tools, and nothing is sent."""
    provider = FakeProvider()

    count = await count_tokens(provider, USER, tools=[TOOL])

    assert count == (estimate_tokens(USER, tools=[TOOL]), "estimated")
    assert provider.calls == []


async def test_a_router():
    """Its count is an estimate, whatever its providers can do."""
    async with ProviderRouter() as router:
        count = await count_tokens(router.as_provider(), USER)

    assert count == (estimate_tokens(USER), "estimated")


async def test_data_that_claims_what_nobody_does(own_registrations):
    """A provider of configuration has no endpoint that counts."""
    PROVIDER_CONFIG["beta"] = {"base_url": "http://127.0.0.1:1", "capabilities": ["token_counting"]}

    count = await count_tokens(PROVIDER_REGISTRY["beta"](), USER, "m")

    assert count == (estimate_tokens(USER), "estimated")


@pytest.mark.parametrize(
    ("options", "error"),
    [({"tool": []}, "unknown option 'tool'; did you mean"), ({"tools": 5}, "tools must be a list")],
)
async def test_options_that_are_not_valid(options, error):
    """They are refused as by a call."""
    with pytest.raises((TypeError, ProviderRequestError), match=error):
        await count_tokens(FakeProvider(), USER, **options)


async def test_an_endpoint_that_fails():
    """Its error is raised: an estimate would be taken for the service's count."""
    provider = CountingProvider()
    provider.failure = ProviderUnavailableError("down")

    with pytest.raises(ProviderUnavailableError):
        await count_tokens(provider, USER)


async def test_messages_that_are_not_valid():
    """They are refused as by a call."""
    with pytest.raises(ProviderRequestError, match="messages is empty"):
        await count_tokens(FakeProvider(), [])
