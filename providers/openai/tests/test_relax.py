"""A rejection of what the caller did not ask for is not the caller's problem."""

import re

import pytest
from provider_sdk import ContextLengthError, ProviderRequestError, ProviderWarning

from ._api import MODEL, USER, Api, error, function_call, message, reasoning, reply, response

TOOL = {"type": "function", "function": {"name": "look"}}
UNVERIFIED = (
    "Your organization must be verified to generate reasoning summaries. Please go to the settings."
)
ENCRYPTED = "Encrypted content is not supported with this model."


def rejection(said, code=None, status=400):
    """A reply that rejects the request."""
    return reply(error(code, said), status)


@pytest.mark.parametrize(
    ("said", "options", "name"),
    [
        (ENCRYPTED, {}, "include"),
        ("Unknown parameter: 'include'.", {}, "include"),
        ("Invalid value: 'reasoning.encrypted_content' at include[0].", {}, "include"),
        ("body.include: Extra inputs are not permitted", {}, "include"),
        ("Unknown parameter: 'stream_options.include_obfuscation'.", {}, "stream_options"),
        ("property 'stream_options' is unsupported", {}, "stream_options"),
    ],
)
async def test_rejected_fields(said, options, name):
    """What the provider sends by itself is left out if it is rejected."""
    api = Api(rejection(said), response("Blue."))
    async with api.provider() as provider:
        found = await (await provider.chat(USER, MODEL, stream=True, **options)).collect()

    assert found.text == "Blue."
    assert name in api.bodies[0]
    assert name not in api.body
    assert found.warnings == ()


@pytest.mark.parametrize(
    "said",
    [
        UNVERIFIED,
        "Unsupported value: 'reasoning.summary' does not support 'auto' with this model.",
        "Unknown parameter: 'reasoning.summary'.",
    ],
)
async def test_rejected_summary(said):
    """If the organization may not see summaries, it gets the answer without."""
    api = Api(rejection(said, "unsupported_value"), response("Blue."))
    async with api.provider() as provider:
        await provider.chat(USER, MODEL, reasoning_effort="low")

    assert api.body["reasoning"] == {"effort": "low"}


async def test_rejected_strictness():
    """A service that does not know `strict` is not told about it; the caller's own word stays."""
    strict = {"type": "function", "function": {"name": "seek", "strict": True}}
    wanted = {"type": "json_schema", "json_schema": {"name": "point", "schema": {}}}
    api = Api(rejection("tools[0].strict: unexpected field"), response("Blue."))
    async with api.provider() as provider:
        await provider.chat(USER, MODEL, tools=[TOOL, strict], response_format=wanted)

    assert ["strict" in tool for tool in api.body["tools"]] == [False, True]
    assert "strict" not in api.body["text"]["format"]


async def test_one_rejection_after_another():
    """Several fields may be rejected one after the other."""
    api = Api(rejection(ENCRYPTED), rejection(UNVERIFIED), response("Blue."))
    async with api.provider() as provider:
        await provider.chat(USER, MODEL, reasoning_effort="low")

    assert "include" not in api.body
    assert api.body["reasoning"] == {"effort": "low"}


async def test_rejections_are_remembered():
    """What a model rejected is not sent to it again, but to others."""
    api = Api(rejection(ENCRYPTED), response("Blue."))
    async with api.provider() as provider:
        await provider.chat(USER, "gpt-4o")
        await provider.chat(USER, "gpt-4o")
        await provider.chat(USER, MODEL)

    assert ["include" in body for body in api.bodies] == [True, False, False, True]


@pytest.mark.parametrize(
    ("said", "options"),
    [
        (ENCRYPTED, {"extra_body": {"include": ["reasoning.encrypted_content"]}}),
        (UNVERIFIED, {"reasoning_effort": "low", "extra_body": {"reasoning": {"summary": "auto"}}}),
        (UNVERIFIED, {}),
        ("Unknown parameter: 'strict'.", {}),
        (
            "Unsupported parameter: 'reasoning.effort' is not supported.",
            {"reasoning_effort": "low"},
        ),
        ("Unknown parameter: 'stop'. Did you mean 'include'?", {"extra_body": {"stop": "x"}}),
        ("Unknown parameter: 'stream_options'.", {}),
        ("Unknown parameter: 'store'.", {}),
    ],
)
async def test_what_the_caller_asked_for(said, options):
    """What the caller asked for, or what was not sent, is not left out: the error is raised."""
    api = Api(rejection(said))
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError, match=re.escape(said)):
            await provider.chat(USER, MODEL, **options)

    assert len(api.requests) == 1


async def test_rejection_that_stays():
    """A service that rejects a field even when it is not there is asked twice, not for ever."""
    api = Api(rejection(ENCRYPTED))
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError):
            await provider.chat(USER, MODEL)

    assert len(api.requests) == 2


@pytest.mark.parametrize("name", ["temperature", "top_p"])
async def test_rejected_sampling(name):
    """Sampling that a reasoning model rejects is left out, and that is told."""
    said = f"Unsupported parameter: '{name}' is not supported with this model."
    api = Api(rejection(said), response("Blue."))
    async with api.provider() as provider:
        with pytest.warns(ProviderWarning, match=f"{name} was dropped: {MODEL}"):
            found = await provider.chat(USER, MODEL, temperature=0.5, top_p=0.5)

    assert api.body.keys() & {"temperature", "top_p"} == {"temperature", "top_p"} - {name}
    assert found.warnings == (f"{name} was dropped: {MODEL} does not accept it",)


@pytest.mark.filterwarnings("ignore::provider_sdk.ProviderWarning")
async def test_rejected_sampling_is_remembered():
    """It is not sent to that model again, and told again, unless the model is not to reason."""
    said = "Unsupported parameter: 'temperature' is not supported with this model."
    api = Api(rejection(said), response("Blue."))
    async with api.provider() as provider:
        await provider.chat(USER, MODEL, temperature=0.5)
        with pytest.warns(ProviderWarning, match="temperature was dropped"):
            found = await provider.chat(USER, MODEL, temperature=0.5)
        await provider.chat(USER, MODEL, temperature=0.5, reasoning_effort="none")

    assert ["temperature" in body for body in api.bodies] == [True, False, False, True]
    assert found.warnings == (f"temperature was dropped: {MODEL} does not accept it",)


async def test_sampling_that_is_rejected_for_another_reason():
    """If the model rejects it although it is not to reason, the error is raised."""
    said = "Unsupported parameter: 'temperature' is not supported with this model."
    api = Api(rejection(said))
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError, match="temperature"):
            await provider.chat(USER, MODEL, temperature=0.5, reasoning_effort="none")

    assert len(api.requests) == 1


@pytest.mark.parametrize(
    "said",
    [
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
        "Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' item",
        "The encrypted content could not be verified.",
        "item['content'] is not an array",
        "Invalid input: expected message at input[1]",
    ],
)
async def test_rejected_state(said):
    """State that the service does not take back is left out."""
    api = Api(response(reasoning("Hm."), message("So.")), rejection(said), response("Done."))
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        found = await provider.chat([*USER, first.message, *USER], MODEL)

    assert found.text == "Done."
    assert [item["content"] for item in api.body["input"]][1] == "So."


async def test_missing_item():
    """The same if the service misses an item that it did not store, whatever the status."""
    said = "Item with id 'ws_1' not found. Items are not persisted when `store` is set to false."
    search = {"type": "web_search_call", "id": "ws_1"}
    api = Api(response(search, message("So.")), rejection(said, status=404), response("Done."))
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        await provider.chat([*USER, first.message, *USER], MODEL)

    assert "ws_1" not in str(api.body)


async def test_rejected_state_without_state():
    """If there is no state to leave out, the error is raised."""
    api = Api(rejection("Invalid input"))
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError, match="Invalid input"):
            await provider.chat(USER, MODEL)

    assert len(api.requests) == 1


@pytest.mark.parametrize(
    "said",
    [
        "messages are nonsense",
        "tools[0].name: too long",
        "Invalid schema for function 'look': in strict mode, 'required' must hold every key.",
    ],
)
async def test_other_rejections_are_raised(said):
    """Any other rejection is raised at once, also with state."""
    api = Api(response(reasoning("Hm."), function_call("c1")), rejection(said))
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        result = {"role": "tool", "tool_call_id": "c1", "content": "seen"}
        with pytest.raises(ProviderRequestError, match=re.escape(said)):
            await provider.chat([*USER, first.message, result], MODEL, tools=[TOOL])

    assert len(api.requests) == 2


async def test_too_long_is_too_long():
    """A conversation that is too long is not sent again, though its error speaks of input."""
    said = "Your input exceeds the context window of this model."
    api = Api(
        response(reasoning("Hm."), message("So.")), rejection(said, "context_length_exceeded")
    )
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        with pytest.raises(ContextLengthError):
            await provider.chat([*USER, first.message, *USER], MODEL)

    assert len(api.requests) == 2
