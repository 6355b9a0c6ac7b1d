"""Model ids and what may stand behind them."""

import pytest
from provider_huggingface import ModelId

from ._router import USER, Router


@pytest.mark.parametrize(
    ("model", "repo", "suffix"),
    [
        ("acme/one", "acme/one", None),
        ("acme/one:groq", "acme/one", "groq"),
        ("acme/one:fastest", "acme/one", "fastest"),
        ("acme/one:cheapest", "acme/one", "cheapest"),
        ("acme/one:preferred", "acme/one", "preferred"),
        ("acme/one:not-yet-known", "acme/one", "not-yet-known"),
        ("acme/one:v2:groq", "acme/one:v2", "groq"),
        ("acme/one:", "acme/one", None),
        ("a:b/one", "a:b/one", None),
        ("one:groq", "one:groq", None),
        ("acme/:groq", "acme/:groq", None),
    ],
)
def test_parts(model, repo, suffix):
    """The suffix stands behind the last colon, and only behind the slash."""
    assert ModelId.parse(model) == (repo, suffix)


@pytest.mark.parametrize("suffix", ["", ":groq", ":fastest", ":cheapest", ":preferred", ":nobody"])
async def test_passed_through(suffix):
    """The router gets the id as it was given, with any suffix."""
    router = Router()
    async with router.provider() as provider:
        await provider.chat(USER, f"acme/one{suffix}")

    assert router.bodies[0]["model"] == f"acme/one{suffix}"


async def test_default():
    """The documented default model answers where none is named."""
    router = Router()
    async with router.provider() as provider:
        await provider.chat(USER)

    assert router.bodies[0]["model"] == "zai-org/GLM-4.7-Flash:novita"
