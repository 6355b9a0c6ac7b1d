"""What every provider has, whatever it stands upon."""

import inspect

import pytest
from provider_sdk import BaseProvider, ChatResponse, Health, ModelInfo, ProviderError


class _Echo(BaseProvider):
    # An adapter in its smallest form.
    name = "echo"
    credential = "none"

    def __init__(self, healthy=True):
        self.healthy = healthy
        self.closed = 0

    async def chat(self, messages, model=None, stream=False, **options):
        return ChatResponse(text=messages[-1]["content"])

    async def complete(self, prompt, model=None, **options):
        return prompt

    async def health_check(self):
        if isinstance(self.healthy, Exception):
            raise self.healthy
        return self.healthy

    async def list_models(self):
        return ["echo-1", "echo-2"]

    async def aclose(self):
        self.closed += 1


def test_four_coroutines_are_abstract():
    """Anything else is concrete."""
    assert BaseProvider.__abstractmethods__ == {"chat", "complete", "health_check", "list_models"}
    for name in BaseProvider.__abstractmethods__:
        assert inspect.iscoroutinefunction(getattr(BaseProvider, name))


def test_it_cannot_be_built_without_them():
    """A provider that lacks one is found at once."""
    with pytest.raises(TypeError, match="abstract"):
        BaseProvider()


async def test_describe_models_knows_the_ids():
    """Where the provider says no more."""
    assert await _Echo().describe_models() == [ModelInfo("echo-1"), ModelInfo("echo-2")]


async def test_leaving_the_block_closes():
    """Once."""
    async with _Echo() as provider:
        assert provider.closed == 0

    assert provider.closed == 1


async def test_an_exception_in_the_block_closes_and_passes():
    """Nothing is swallowed."""
    provider = _Echo()

    with pytest.raises(ZeroDivisionError):
        async with provider:
            1 / 0  # noqa: B018

    assert provider.closed == 1


async def test_probe_tells_how_it_went():
    """Whether all is well, and how long it took."""
    health = await _Echo.probe()

    assert isinstance(health, Health)
    assert health.ok
    assert health.reason == ""
    assert health.latency_s >= 0


async def test_probe_has_a_reason_for_no():
    """Also where the provider gives none."""
    health = await _Echo.probe(healthy=False)

    assert not health.ok
    assert health.reason


@pytest.mark.parametrize("failure", [ProviderError("it broke"), KeyError("x"), RuntimeError()])
async def test_probe_never_raises(failure):
    """Whatever the provider does, there is a reason."""
    health = await _Echo.probe(healthy=failure)

    assert not health.ok
    assert health.reason
    assert health.error is failure
