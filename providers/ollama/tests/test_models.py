"""The model list, the default model, and health."""

import asyncio

import pytest
from provider_ollama import OllamaProvider
from provider_sdk import (
    ModelInfo,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderResponseError,
)

from ._service import KEY, USER, Reply, Service, answer, failing, lines, tags


def entry(name, modified_at, **more):
    """Return an entry of the model list."""
    return {"name": name, "model": name, "modified_at": modified_at, **more}


async def test_the_list_says_what_models_can_do():
    """Newer servers list capabilities and context; of older ones nothing is known."""
    able = {
        "capabilities": ["completion", "vision", "tools"],
        "details": {"context_length": 40_960},
    }
    service = Service(
        tags=Reply(tags(entry("a:1b", "x", **able), {"name": "b"}, {"model": "c", "details": 7}))
    )

    first, *others = await service.provider().describe_models()

    assert first == ModelInfo(
        "a:1b",
        context_window=40_960,
        input_modalities=("text", "image"),
        output_modalities=("text",),
        tools=True,
    )
    assert others == [ModelInfo("b"), ModelInfo("c")]


async def test_a_model_for_text_only():
    """A model that cannot see reads text, and one that embeds writes none."""
    models = tags(entry("a", "", capabilities=["completion"]), entry("b", "", capabilities=["x"]))

    a, b = await Service(tags=Reply(models)).provider().describe_models()

    assert (a.input_modalities, a.output_modalities, a.tools) == (("text",), ("text",), False)
    assert b.output_modalities == ()


@pytest.mark.parametrize("body", [{"models": []}, {"models": None}])
async def test_an_empty_list_is_empty(body):
    """Servers in Go write null for an empty list."""
    assert await Service(tags=Reply(body)).provider().list_models() == []


@pytest.mark.parametrize("body", [{}, [], {"models": {}}, {"models": [{"size": 1}]}, b"<html>"])
async def test_a_reply_that_is_no_list(body):
    """It raises; an absent list is not an empty one."""
    with pytest.raises(ProviderResponseError):
        await Service(tags=Reply(body)).provider().list_models()


async def test_without_a_model_the_newest_is_asked():
    """A call that names none asks the one that was modified last, in any time zone."""
    models = tags(
        entry("old", "2024-01-01T00:00:00Z"),
        entry("newest", "2026-03-27T20:09:18.017039337-07:00"),
        entry("newer", "2026-03-28T01:00:00Z"),
        entry("undated", None),
        entry("naive", "2020-01-01T00:00:00"),
    )
    service = Service(tags=Reply(models), chat=Reply(answer()))
    async with service.provider(default_model=None) as provider:
        await provider.chat(USER)
        await provider.complete("Why?")

    assert [body["model"] for body in service.bodies()] == ["newest", "newest"]
    assert service.paths == ["/api/tags", "/api/chat", "/api/chat"]


async def test_a_stream_without_a_model_asks_the_newest():
    """So does a stream."""
    service = Service(tags=Reply(tags("a")), chat=lines(answer()))
    stream = await service.provider(default_model=None).chat(USER, stream=True)

    assert (await stream.collect()).text == "Blue."
    assert service.bodies()[0]["model"] == "a"


@pytest.mark.parametrize(
    ("others", "asked"),
    [([entry("here", "2024-01-01T00:00:00Z")], "here"), ([], "newest:cloud")],
    ids=["one here", "none here"],
)
async def test_a_model_of_the_cloud_is_asked_last(others, asked):
    """Of what is installed, a model that runs elsewhere is the default only without any other."""
    cloud = {"remote_host": "https://ollama.com:443", "remote_model": "newest"}
    models = tags(entry("newest:cloud", "2026-01-01T00:00:00Z", **cloud), *others)
    service = Service(tags=Reply(models), chat=Reply(answer()))
    async with service.provider(default_model=None) as provider:
        await provider.chat(USER)

    assert [body["model"] for body in service.bodies()] == [asked]


async def test_a_model_that_cannot_chat_is_not_asked():
    """A model for embeddings answers no question, whether the list says so or its family does."""
    models = tags(
        entry("embed", "2026-01-02T00:00:00Z", capabilities=["embedding"]),
        entry("bert", "2026-01-03T00:00:00Z", details={"family": "nomic-bert"}),
        entry("chat", "2026-01-01T00:00:00Z", capabilities=["completion"]),
    )
    service = Service(tags=Reply(models), chat=Reply(answer()))
    await service.provider(default_model=None).chat(USER)

    assert service.bodies()[0]["model"] == "chat"


async def test_a_default_model_needs_no_list():
    """The setting is asked without a look at the list."""
    service = Service(chat=Reply(answer()))
    await service.provider(default_model="own").chat(USER)

    assert (service.paths, service.bodies()[0]["model"]) == (["/api/chat"], "own")


@pytest.mark.parametrize("models", [tags(), tags(entry("embed", "", capabilities=["embedding"]))])
async def test_without_any_model_the_error_says_how_to_get_one(models):
    """Nothing is asked, and the hint is a command."""
    service = Service(tags=Reply(models), chat=Reply(answer()))

    with pytest.raises(ProviderModelNotFoundError, match="`ollama pull ") as caught:
        await service.provider(default_model=None).chat(USER)

    assert caught.value.provider == "ollama"
    assert service.paths == ["/api/tags"]


async def test_a_list_that_fails_is_the_error_of_the_call():
    """The default model cannot be found, and the reason is raised."""
    service = Service(tags=failing(401, "unauthorized"))

    with pytest.raises(ProviderAuthError, match="unauthorized"):
        await service.provider(default_model=None).chat(USER)


async def test_a_default_model_that_is_gone_is_looked_for_again():
    """After a removal the next call asks another model."""
    listed = [tags("gone"), tags("other")]
    service = Service(tags=lambda request: Reply(listed.pop(0)))
    provider = service.provider(default_model=None)
    service.scripts["/api/chat"] = failing(404, "model 'gone' not found")
    with pytest.raises(ProviderModelNotFoundError):
        await provider.chat(USER)
    service.scripts["/api/chat"] = Reply(answer())
    await provider.chat(USER)

    assert [body["model"] for body in service.bodies()] == ["gone", "other"]


async def test_health_reads_the_model_list():
    """A service that lists its models is healthy, one that rejects the key is not."""
    assert await Service(tags=Reply(tags())).provider().health_check()
    assert not await Service(tags=failing(401, "no")).provider(api_key=KEY).health_check()


@pytest.mark.parametrize(
    ("reply", "healthy"),
    [
        (Reply({"id": "u", "name": "someone"}), True),
        (Reply({}), False),
        (Reply([]), False),
        (Reply({"error": "unauthorized"}), False),
        (failing(401, "unauthorized"), False),
    ],
)
async def test_the_clouds_list_proves_nothing(reply, healthy):
    """The list of the cloud is public, so its account is asked for, without a body."""
    service = Service(tags=Reply(tags("a")), me=reply)
    provider = service.provider(base_url="https://ollama.com", api_key=KEY)

    assert await provider.health_check() is healthy
    assert service.paths == ["/api/me"]
    assert service.requests[0].content == b""


async def test_the_cloud_without_a_key_is_its_list():
    """Without a key, the health check asks for the public model list only."""
    service = Service(tags=Reply(tags("a")))

    assert await service.provider(base_url="https://ollama.com").health_check()


async def test_a_probe_of_nothing_says_how_to_start():
    """It never raises."""
    health = await OllamaProvider.probe(base_url="127.0.0.1:1", max_retries=0)

    assert not health.ok
    assert "`ollama serve`" in health.reason


async def test_a_closed_provider_looks_for_no_model():
    """After `aclose` nothing is sent."""
    service = Service(tags=Reply(tags("a")))
    provider = service.provider(default_model=None)
    await provider.aclose()

    with pytest.raises(ProviderError, match="closed"):
        await provider.chat(USER)

    await asyncio.sleep(0)
    assert service.requests == []
