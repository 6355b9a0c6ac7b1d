"""The models that the router offers."""

import pytest
from provider_huggingface import KNOWN_MODELS, HfProvider
from provider_sdk import (
    ModelBackend,
    ModelInfo,
    ProviderAuthError,
    ProviderError,
    ProviderResponseError,
)

from ._router import MODELS, Reply, Router, error, model_list

ENTRY = {
    "id": "acme/one",
    "object": "model",
    "created": 1,
    "owned_by": "acme",
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
    "providers": [
        {
            "provider": "novita",
            "status": "live",
            "context_length": 131072,
            "pricing": {"input": 0.5, "output": 2},
            "is_free": False,
            "supports_tools": True,
            "supports_structured_output": False,
            "first_token_latency_ms": 300,
            "throughput": 60.5,
            "is_model_author": False,
        },
        {"provider": "groq", "status": "live", "context_length": 8192, "supports_tools": False},
        {"provider": "gone", "status": "error", "context_length": 999999},
    ],
}


async def _described(*entries) -> list[ModelInfo]:
    async with Router(models=model_list(*entries)).provider() as provider:
        return await provider.describe_models()


async def test_ids():
    """The ids are listed in the router's order, each once."""
    async with Router(models=model_list("acme/two", "acme/one", "acme/two")).provider() as provider:
        assert await provider.list_models() == ["acme/two", "acme/one"]


async def test_empty_list():
    """A router that offers nothing says so."""
    async with Router(models=model_list()).provider() as provider:
        assert await provider.list_models() == []


async def test_no_list():
    """A router without a model list gets the documented models for an answer."""
    async with Router(models=error(404, "Not Found")).provider() as provider:
        assert await provider.list_models() == list(KNOWN_MODELS)
        assert [model.id for model in await provider.describe_models()] == list(KNOWN_MODELS)


def test_known_models():
    """The documented models are ids of the router, and the default is among them."""
    assert all(model.count("/") == 1 and ":" not in model for model in KNOWN_MODELS)
    assert HfProvider.default_model.partition(":")[0] in KNOWN_MODELS


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(401, "no"), ProviderAuthError),
        (error(500, "down"), ProviderError),
        (Reply(b"<html>"), ProviderResponseError),
        (Reply({"data": None}), ProviderResponseError),
        (Reply({"models": []}), ProviderResponseError),
        (Reply({"error": {"message": "gone", "code": "model_not_found"}}, 400), ProviderError),
    ],
)
async def test_failure(answer, kind):
    """Any other failure is raised, never an empty or a made-up list."""
    async with Router(models=answer).provider() as provider:
        with pytest.raises(kind):
            await provider.list_models()


async def test_description():
    """A model is described by what its live back ends say."""
    (model,) = await _described(ENTRY)

    assert model == ModelInfo(
        "acme/one",
        context_window=131072,
        input_modalities=("text", "image"),
        output_modalities=("text",),
        tools=True,
        structured_output=False,
        owned_by="acme",
        backends=(
            ModelBackend("novita", "live", 131072, 0.5, 2.0, tools=True, structured_output=False),
            ModelBackend("groq", "live", 8192, tools=False),
            ModelBackend("gone", "error", 999999),
        ),
    )


async def test_price_of_one_back_end():
    """The price stands with the model where all live back ends agree."""
    price = {"pricing": {"input": 0.5, "output": 2}, "status": "live"}
    (model,) = await _described(
        {"id": "acme/one", "providers": [{"provider": "a", **price}, {"provider": "b", **price}]}
    )

    assert (model.input_price, model.output_price) == (0.5, 2)


@pytest.mark.parametrize("field", ["owned_by", "architecture", "providers"])
@pytest.mark.parametrize("value", [None, "?", 7, [], {}, [None]])
async def test_fields_of_a_model(field, value):
    """Each field of a model may be missing, null or of another type."""
    (model,) = await _described({**ENTRY, field: value})

    assert model.id == "acme/one"


@pytest.mark.parametrize("value", [None, [], {}])
async def test_fields_of_a_back_end(value):
    """Each field of a back end may be null or of another type, and is then not known."""
    nothing = dict.fromkeys(ENTRY["providers"][0], value)
    (model,) = await _described({"id": "acme/one", "providers": [nothing, {}]})

    assert model.backends == (ModelBackend("unknown"), ModelBackend("unknown"))


async def test_numbers_of_a_back_end():
    """What is no number is neither a price nor a context window."""
    flags = {"context_length": True, "pricing": {"input": True, "output": "free"}}
    (model,) = await _described({"id": "acme/one", "providers": [{"provider": "a", **flags}]})

    assert model.backends == (ModelBackend("a"),)


async def test_bare_entry():
    """An entry with an id alone says nothing else."""
    assert await _described("acme/one") == [ModelInfo("acme/one")]


async def test_entries_without_id():
    """What has no id cannot be asked for, and is left out."""
    assert await _described({"object": "model"}, {"id": None}, 7, "acme/one") == [
        ModelInfo("acme/one")
    ]


async def test_one_request():
    """The list has one page."""
    router = Router()
    async with router.provider() as provider:
        await provider.list_models()

    assert router.paths == [MODELS]
