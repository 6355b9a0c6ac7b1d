"""Healthy is who holds a token that the Hub accepts, before a router that answers."""

import time

import httpx
import pytest
from provider_huggingface import HfProvider

from ._router import MODELS, TOKEN, WHOAMI, Reply, Router, error

ACCEPTED = Reply({"name": "ann", "auth": {"accessToken": {"displayName": "t"}}})
RATE_LIMITED = error(429, "Too many requests", ratelimit='"api";r=0;t=55')


async def _probed(router: Router):
    return await HfProvider.probe(api_key=TOKEN, max_retries=0, http_client=router.client)


async def test_accepted():
    """A token that the Hub knows, and a router that answers, are healthy."""
    router = Router()
    health = await _probed(router)

    assert (health.ok, health.reason) == (True, "")
    assert router.paths == [WHOAMI, MODELS]


async def test_token_goes_along():
    """The Hub is asked with the very token."""
    router = Router()
    await _probed(router)

    assert router.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert str(router.requests[0].url) == "https://huggingface.co/api/whoami-v2"


@pytest.mark.parametrize(
    "answer",
    [
        error(401, "Invalid username or password."),
        error(403, "Forbidden"),
        error(500, "it broke"),
        Reply(b"", 502),
        error(503, "busy"),
        Reply(b"<html>Sign in</html>", 200, {"content-type": "text/html"}),
        Reply(b"", 302, {"location": "https://huggingface.co/login"}),
        Reply(b"null"),
        Reply(b"{}"),
        Reply({"name": ""}),
        Reply({"error": "Invalid username or password."}),
        Reply(b"\x00\xff garbage"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("garbage"),
    ],
)
async def test_not_accepted(answer):
    """Whatever else the Hub answers is not healthy, is told why, and raises nothing."""
    router = Router(whoami=answer)
    health = await _probed(router)

    assert health.ok is False
    assert health.reason
    assert router.paths == [WHOAMI]


async def test_no_hub():
    """An address that knows no token check is told as what it is."""
    health = await _probed(Router(whoami=error(404, "File Not Found")))

    assert health.ok is False
    assert health.reason == (
        "File Not Found. https://huggingface.co is not a Hub: check HF_ENDPOINT or hub_url."
    )


@pytest.mark.parametrize(
    "answer",
    [error(401, "no"), error(500, "down"), Reply(b"<html>"), httpx.ConnectError("refused")],
)
async def test_router_down(answer):
    """A good token before a router that does not answer is not healthy."""
    health = await _probed(Router(models=answer))

    assert health.ok is False


async def test_router_without_list():
    """A router that has no model list has answered all the same."""
    assert (await _probed(Router(models=error(404, "Not Found")))).ok is True


async def test_public_list_proves_nothing():
    """The model list is public: it answers, and the rejected token is still not healthy."""
    router = Router(whoami=error(401, "Invalid username or password."))
    async with router.provider() as provider:
        assert await provider.list_models() == ["acme/one"]
        assert await provider.health_check() is False


async def test_no_token():
    """Without a token there is a reason and no request."""
    router = Router()
    health = await HfProvider.probe(http_client=router.client)

    assert health.ok is False
    assert health.reason.startswith("HF_TOKEN is not set")
    assert router.requests == []


async def test_rate_limited():
    """A Hub that limits checks before it gave a verdict leaves the token unverified."""
    health = await _probed(Router(whoami=RATE_LIMITED))

    assert (health.ok, health.reason) == (False, "token not verified: rate-limited")


async def test_verdict_is_kept(shift):
    """A verdict is kept for five minutes, and then asked for again."""
    router = Router()
    async with router.provider() as provider:
        for seconds in (0, 299, 2):
            shift(seconds)
            assert await provider.health_check() is True

    assert router.paths.count(WHOAMI) == 2


async def test_rejection_is_kept():
    """A rejection is kept as well, with its reason."""
    router = Router(whoami=error(401, "Invalid username or password."))
    async with router.provider() as provider:
        assert await provider.health_check() is False
        assert await provider.health_check() is False

    assert router.paths == [WHOAMI]


@pytest.mark.parametrize(("verdict", "healthy"), [(ACCEPTED, True), (error(401, "no"), False)])
async def test_kept_verdict_while_rate_limited(shift, verdict, healthy):
    """When a new check is rate-limited the kept verdict counts."""
    router = Router(whoami=[verdict, RATE_LIMITED])
    async with router.provider() as provider:
        await provider.health_check()
        shift(301)
        assert await provider.health_check() is healthy

    assert router.paths.count(WHOAMI) == 2


async def test_failure_is_not_kept():
    """A Hub that fails gives no verdict: the next check asks again."""
    router = Router(whoami=[error(500, "it broke"), ACCEPTED])
    async with router.provider() as provider:
        assert await provider.health_check() is False
        assert await provider.health_check() is True


async def test_router_is_always_asked():
    """The kept verdict is the Hub's alone: the router is asked each time."""
    router = Router(models=[Reply({"data": []}), error(503, "down")])
    async with router.provider() as provider:
        assert await provider.health_check() is True
        assert await provider.health_check() is False


async def test_never_billed():
    """No check, whatever it meets, touches an endpoint that costs."""
    paths = set()
    for whoami in (ACCEPTED, RATE_LIMITED, error(401, "no"), error(500, "down")):
        router = Router(whoami=whoami)
        await _probed(router)
        paths |= set(router.paths)

    assert paths == {WHOAMI, MODELS}


async def test_no_attempt_is_repeated():
    """A check is asked once: the Hub limits it strictly."""
    router = Router(whoami=error(503, "busy"))
    async with router.provider(max_retries=2) as provider:
        await provider.health_check()

    assert router.paths == [WHOAMI]


@pytest.fixture
def shift(monkeypatch):
    """Move the clock on by some seconds."""
    real, passed = time.monotonic, 0.0

    def moved() -> float:
        return real() + passed

    def by(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    monkeypatch.setattr(time, "monotonic", moved)
    return by


async def test_a_router_that_knows_no_model_is_unhealthy():
    """Only the status 404 says that there is no list of models."""
    refusal = Reply({"error": {"message": "no", "code": "model_not_found"}}, 400)
    assert (await _probed(Router(models=refusal))).ok is False
