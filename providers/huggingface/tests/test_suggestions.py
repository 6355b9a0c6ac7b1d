"""A model that nobody serves is answered with ids that come close."""

import asyncio

import httpx
import pytest
from provider_huggingface import HfProvider
from provider_sdk import ProviderModelNotFoundError

from ._router import MODELS, TOKEN, USER, Router, error, model_list

UNSERVED = error(
    400,
    {
        "message": "The requested model is not supported by any provider you have enabled.",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_supported",
    },
)


async def _failure(router: Router, model: str) -> ProviderModelNotFoundError:
    async with router.provider() as provider:
        with pytest.raises(ProviderModelNotFoundError) as caught:
            await provider.chat(USER, model)
    return caught.value


async def test_close_ids():
    """Ids that differ in case, organisation, suffix or a letter are suggested, best first."""
    router = Router(UNSERVED, models=model_list("acme/gpt-oss-12b", "openai/GPT-OSS-120B", "x/y"))
    found = await _failure(router, "acme/gpt-oss-120b:groq")

    assert "Close to it: openai/GPT-OSS-120B, acme/gpt-oss-12b." in str(found)


async def test_own_words_and_page():
    """The router's words come first, the page of the settings behind the suggestions."""
    found = await _failure(Router(UNSERVED, models=model_list("acme/one")), "acme/ome")

    assert str(found).startswith("The requested model is not supported by any provider")
    assert "https://huggingface.co/settings/inference-providers" in str(found)


async def test_nothing_close():
    """Where nothing comes close, nothing is suggested."""
    found = await _failure(Router(UNSERVED, models=model_list("x/y")), "acme/gpt-oss-120b")

    assert "Close to it" not in str(found)


@pytest.mark.parametrize(
    "models", [error(503, "down"), error(404, "Not Found"), httpx.ConnectError("refused")]
)
async def test_list_fails(models):
    """Without the router's list the known models are searched, and the error stays itself."""
    found = await _failure(Router(UNSERVED, models=models), "openai/gpt-oss-121b")

    assert "openai/gpt-oss-120b" in str(found)
    assert found.status == 400


async def _hanging(request: httpx.Request) -> httpx.Response:
    if request.url.path == MODELS:
        await asyncio.Event().wait()
    return UNSERVED.response()


def _before_a_hanging_list(**config: float) -> HfProvider:
    client = httpx.AsyncClient(transport=httpx.MockTransport(_hanging))
    return HfProvider(api_key=TOKEN, http_client=client, **config)


async def test_list_hangs(monkeypatch):
    """A list that does not come holds the error up for a moment only."""
    monkeypatch.setattr("provider_huggingface._provider._SUGGESTION_S", 0.01)
    async with _before_a_hanging_list() as provider, asyncio.timeout(30):
        with pytest.raises(ProviderModelNotFoundError, match="openai/gpt-oss-120b"):
            await provider.chat(USER, "openai/gpt-oss-121b")


async def test_list_hangs_past_the_deadline(monkeypatch):
    """The call's own deadline holds for the suggestions too; the error stays what it is."""
    monkeypatch.setattr("provider_huggingface._provider._SUGGESTION_S", 60)
    async with _before_a_hanging_list(timeout=0.2) as provider, asyncio.timeout(30):
        with pytest.raises(ProviderModelNotFoundError, match="not supported by any provider"):
            await provider.chat(USER, "openai/gpt-oss-121b")


async def test_list_is_fetched_once():
    """The second such error asks the list no more."""
    router = Router(UNSERVED)
    async with router.provider() as provider:
        for _ in range(2):
            with pytest.raises(ProviderModelNotFoundError):
                await provider.chat(USER, "acme/ome")

    assert router.paths.count(MODELS) == 1
