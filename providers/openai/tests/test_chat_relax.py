"""What a model turns out to reject, and the caller did not insist on, is asked otherwise."""

import httpx
import pytest
from provider_sdk import ProviderRequestError, ProviderWarning

from ._api import USER
from ._chat_api import GATEWAY, Api, completion, rejection

USE_LATER = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. "
    "Use 'max_completion_tokens' instead."
)
ANY_LIMIT = [
    "Unrecognized request argument supplied: {}",
    "Unknown parameter: '{}'.",
    "[{{'type': 'extra_forbidden', 'loc': ('body', '{}'), 'input': 9}}]",
    "property '{}' is unsupported, did you mean something else?",
]
NO_TEMPERATURE = (
    "Unsupported value: 'temperature' does not support 0.5 with this model. "
    "Only the default (1) value is supported."
)


async def _asked(api, config=None, model="gpt-5.4", **options):
    async with api.provider(**(config or {})) as provider:
        return await provider.chat(USER, model, **options)


@pytest.mark.parametrize("said", [USE_LATER, *(form.format("max_tokens") for form in ANY_LIMIT)])
async def test_later_name_of_the_limit(said):
    """A host that rejects `max_tokens` gets `max_completion_tokens`."""
    api = Api(rejection(said), completion())
    response = await _asked(api, {"base_url": GATEWAY}, "deployment-7", max_tokens=9)

    assert response.text == "Blue."
    assert [
        sorted(body.keys() & {"max_tokens", "max_completion_tokens"}) for body in api.bodies
    ] == [
        ["max_tokens"],
        ["max_completion_tokens"],
    ]
    assert api.body["max_completion_tokens"] == 9


@pytest.mark.parametrize("form", ANY_LIMIT)
async def test_older_name_of_the_limit(form):
    """A model of OpenAI's that rejects `max_completion_tokens` gets `max_tokens`."""
    api = Api(rejection(form.format("max_completion_tokens")), completion())
    await _asked(api, model="unheard-of", max_tokens=9)

    assert api.body["max_tokens"] == 9
    assert "max_completion_tokens" not in api.body


async def test_what_fields_name():
    """The rejected field may stand beside the message."""
    detail = [{"loc": ["body", "max_tokens"], "msg": "Extra inputs are not permitted"}]
    api = Api(httpx.Response(422, json={"detail": detail}), completion())
    await _asked(api, {"base_url": GATEWAY}, max_tokens=9)

    assert api.body["max_completion_tokens"] == 9


async def test_name_of_the_limit_is_remembered():
    """Later calls of the model, streams too, use the name that it accepted."""
    api = Api(rejection(USE_LATER), completion())
    async with api.provider(base_url=GATEWAY) as provider:
        await provider.chat(USER, "deployment-7", max_tokens=9)
        await (await provider.chat(USER, "deployment-7", stream=True, max_tokens=8)).collect()
        await provider.chat(USER, "deployment-8", max_tokens=7)

    names = [next(name for name in body if name.startswith("max_")) for body in api.bodies]
    assert names == ["max_tokens", "max_completion_tokens", "max_completion_tokens", "max_tokens"]


async def test_what_did_not_help_is_not_remembered():
    """A name that was rejected too is not tried first by the next call."""
    later = rejection(ANY_LIMIT[0].format("max_completion_tokens"))
    api = Api(rejection(USE_LATER), later, completion())
    async with api.provider(base_url=GATEWAY) as provider:
        with pytest.raises(ProviderRequestError):
            await provider.chat(USER, max_tokens=9)
        await provider.chat(USER, max_tokens=9)

    assert "max_tokens" in api.body


async def test_host_that_rejects_both_names():
    """A host that knows neither name is asked twice, not for ever."""
    api = Api(rejection(USE_LATER), rejection(ANY_LIMIT[0].format("max_completion_tokens")))
    with pytest.raises(ProviderRequestError, match="max_completion_tokens"):
        await _asked(api, {"base_url": GATEWAY}, max_tokens=9)

    assert len(api.requests) == 2


@pytest.mark.parametrize(
    "said",
    [
        "max_tokens is too large: 99. This model supports at most 9 completion tokens.",
        "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1.",
        "Could not finish the message because max_tokens or model output limit was reached.",
    ],
)
async def test_values_of_the_limit_stay(said):
    """A limit that is rejected for its value is the caller's own affair."""
    api = Api(rejection(said))
    with pytest.raises(ProviderRequestError):
        await _asked(api, {"base_url": GATEWAY}, max_tokens=99)

    assert len(api.requests) == 1


@pytest.mark.parametrize("options", [{}, {"extra_body": {"max_tokens": 9}}])
async def test_limit_that_is_not_the_providers(options):
    """Without the option there is no other name to try."""
    api = Api(rejection(USE_LATER))
    with pytest.raises(ProviderRequestError):
        await _asked(api, {"base_url": GATEWAY}, **options)

    assert len(api.requests) == 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (NO_TEMPERATURE, {"top_p"}),
        ("Unsupported parameter: 'top_p' is not supported with this model.", {"temperature"}),
        ("Model incompatible request argument supplied: temperature", {"top_p"}),
        (
            "Model incompatible request arguments supplied: frequency_penalty, temperature, top_p",
            set(),
        ),
        ("this model has beta-limitations: temperature, top_p and n are fixed at 1", set()),
        ("`temperature` and `top_p` are not permitted", set()),
    ],
)
async def test_rejected_sampling(said, kept):
    """Sampling options that a model turns out to reject are left out, and that is told."""
    api = Api(rejection(said), completion())
    with pytest.warns(ProviderWarning, match=r"was dropped: gpt-5\.4 does not accept it"):
        response = await _asked(api, temperature=0.5, top_p=0.5)

    assert api.body.keys() & {"temperature", "top_p"} == kept
    assert len(response.warnings) == 2 - len(kept)


async def test_rejected_sampling_is_remembered():
    """Later calls of the model with that effort leave it out at once, and tell so again."""
    api = Api(rejection(NO_TEMPERATURE), completion())
    async with api.provider() as provider:
        for _ in range(2):
            with pytest.warns(ProviderWarning, match="temperature was dropped"):
                response = await provider.chat(USER, temperature=0.5, reasoning_effort="low")
        await provider.chat(USER, temperature=0.5, reasoning_effort="none")

    assert ["temperature" in body for body in api.bodies] == [True, False, False, True]
    assert len(response.warnings) == 1


async def test_one_rejection_after_another():
    """Each rejection changes what it is about, until the call fits."""
    top_p = NO_TEMPERATURE.replace("temperature", "top_p")
    api = Api(*map(rejection, (USE_LATER, NO_TEMPERATURE, top_p)), completion())
    with pytest.warns(ProviderWarning):
        response = await _asked(
            api, {"base_url": GATEWAY}, max_tokens=9, temperature=0.5, top_p=0.5
        )

    assert (response.text, len(api.requests), len(response.warnings)) == ("Blue.", 4, 2)
    assert api.body.keys() == {"model", "messages", "stream", "max_completion_tokens"}


async def test_values_of_sampling_stay():
    """A temperature that no model would accept is the caller's own affair."""
    api = Api(rejection("Invalid 'temperature': decimal above maximum value. Expected <= 2."))
    with pytest.raises(ProviderRequestError, match="above maximum"):
        await _asked(api, temperature=99.0)

    assert len(api.requests) == 1


@pytest.mark.parametrize("name", ["stop", "seed", "reasoning_effort"])
async def test_options_that_count_stay(name):
    """Any other option is never dropped: the answer would not be what was asked for."""
    said = f"Unsupported parameter: '{name}' is not supported with this model."
    options = {"stop": {"stop": "x"}, "seed": {"seed": 7}}.get(name, {"reasoning_effort": "low"})
    api = Api(rejection(said))
    with pytest.raises(ProviderRequestError, match=name):
        await _asked(api, temperature=0.5, **options)

    assert len(api.requests) == 1


async def test_padding_that_cannot_be_turned_off():
    """If a service does not know that it pads, it is not told to stop, and usage still comes."""
    said = "Unknown parameter: 'stream_options.include_obfuscation'."
    api = Api(rejection(said), completion())
    async with api.provider() as provider:
        for _ in range(2):
            await (await provider.chat(USER, stream=True)).collect()

    plain = {"include_usage": True}
    assert [body["stream_options"] for body in api.bodies[1:]] == [plain, plain]


async def test_stream_options_that_are_not_known():
    """A service that knows no stream options gets none."""
    api = Api(rejection("Unknown parameter: 'stream_options'."), completion())
    async with api.provider(base_url=GATEWAY) as provider:
        await (await provider.chat(USER, stream=True)).collect()

    assert "stream_options" not in api.body


async def test_huge_rejection():
    """A rejection of any length is read in little time."""
    api = Api(rejection("max_tokens unsupported " * 40_000), completion())
    await _asked(api, {"base_url": GATEWAY}, max_tokens=9)

    assert len(api.requests) == 2
