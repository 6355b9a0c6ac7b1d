"""Whether a provider is well."""

import asyncio

import httpx
import pytest
from provider_sdk import (
    Health,
    ProviderAuthError,
    ProviderError,
)

from ._clock import now, on_the_clock
from ._service import (
    KEY,
    MODELS,
    STALL,
    AcmeProvider,
    OpenProvider,
    Reply,
    Service,
    failing,
    streamed,
)


async def test_health_is_true_when_the_credential_is_accepted():
    """It costs one read of the model list with the credential, and never a chat."""
    service = Service(MODELS)

    assert await service.provider().health_check() is True
    assert [str(request.url.path) for request in service.requests] == ["/v1/models"]
    assert service.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "reply",
    [
        *(failing(status) for status in (400, 401, 402, 403, 404, 429, 500, 503, 529)),
        *(Reply(body) for body in (b"", b"<html></html>", b"nope", {}, [5], {"data": "x"})),
        Reply(b"", 302, {"location": "https://elsewhere.example"}),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("late"),
        streamed(b'{"data"', httpx.ReadError("reset")),
    ],
)
async def test_health_is_false_for_everything_else(reply):
    """A rejected credential, a failing service, garbage, a timeout: never an exception."""
    assert await Service(reply).provider().health_check() is False


@on_the_clock
async def test_health_does_not_wait_long():
    """A service that is silent is not well."""
    service = Service(streamed(STALL))

    assert await service.provider().health_check() is False
    assert now() == 10


@pytest.mark.parametrize(("reply", "ok"), [(MODELS, True), (failing(500), False)])
async def test_health_without_credentials_is_whether_it_answers(reply, ok):
    """A cheap read tells."""
    service = Service(reply)

    assert await service.provider(OpenProvider).health_check() is ok
    assert "authorization" not in service.requests[0].headers


async def test_health_is_asked_anew_each_time():
    """What was true a moment ago is no answer."""
    provider = Service(MODELS, failing(401), MODELS).provider()

    assert [await provider.health_check() for _ in range(3)] == [True, False, True]


async def test_an_error_without_words_is_no_health():
    """A subclass's check fails by raising, whatever it says."""

    class Wordless(AcmeProvider):
        async def check_health(self):
            raise ProviderError("")

    assert await Service(MODELS).provider(Wordless).health_check() is False


async def test_probe_tells_that_all_is_well():
    """It builds, checks and closes."""
    health = await AcmeProvider.probe(api_key=KEY, http_client=Service(MODELS).client)

    assert (health.ok, health.reason) == (True, "")
    assert health.latency_s >= 0


async def test_probe_without_a_credential_sends_nothing():
    """It answers with what is missing."""
    service = Service(MODELS)

    health = await AcmeProvider.probe(http_client=service.client)

    assert not health.ok
    assert health.reason.startswith("ACME_API_KEY is not set")
    assert service.requests == []


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"base_url": "nowhere"}, "the base URL must look like"),
        ({"timeout": -1}, "timeout must be"),
        ({"colour": "blue"}, "colour"),
        ({"http_client": "none"}, "http_client must be"),
    ],
)
async def test_probe_never_raises(config, reason):
    """A configuration that makes no sense is a reason."""
    health = await AcmeProvider.probe(api_key=KEY, **config)

    assert not health.ok
    assert reason in health.reason == str(health.error)
    assert isinstance(health.error, ValueError | TypeError)


async def test_probe_tells_what_the_service_said():
    """The reason is the service's own."""
    health = await AcmeProvider.probe(
        api_key=KEY, http_client=Service(failing(401, "no such key")).client
    )

    assert health.reason.startswith("no such key.")
    assert isinstance(health.error, ProviderAuthError)


async def test_probe_closes_what_it_built():
    """No provider is left behind."""
    closed = []

    class Watched(AcmeProvider):
        async def aclose(self):
            closed.append(self)
            await super().aclose()

    await Watched.probe(api_key=KEY, http_client=Service(failing(500)).client)

    assert len(closed) == 1


async def test_probe_passes_cancellation():
    """``CancelledError`` always passes."""
    probing = asyncio.create_task(
        AcmeProvider.probe(api_key=KEY, http_client=Service(streamed(STALL)).client)
    )
    await asyncio.sleep(0)
    probing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await probing


def test_health_is_plain_data():
    """Without a reason it is well."""
    assert Health(True) == Health(ok=True, reason="", latency_s=0.0)
