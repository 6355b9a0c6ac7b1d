"""A rejection of what the caller did not ask for is not the caller's problem."""

import warnings

import pytest
from provider_sdk import ContextLengthError, ProviderRequestError, ProviderWarning

from ._api import MODEL, USER, Api, error, message, reply, text, thinking, tool_use

REJECTED = "invalid_request_error"
ABOVE_LIMIT = (
    "max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens for model"
)
ABOVE_WINDOW = (
    "input length and `max_tokens` exceed context limit: 190000 + 64000 > 200000, "
    "decrease input length or `max_tokens` and try again"
)
SIGNATURE = "messages.1.content.0: Invalid `signature` in `thinking` block"
NO_THINKING = (
    "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`"
)


def rejection(said):
    """A reply that rejects the request."""
    return reply(error(REJECTED, said), 400)


@pytest.mark.parametrize(("said", "limit"), [(ABOVE_LIMIT, 64000), (ABOVE_WINDOW, 10000)])
async def test_own_limit_is_lowered(said, limit):
    """If the limit that the provider chose is too high, the one that fits is sent."""
    api = Api(rejection(said), message("Blue."))
    async with api.provider() as provider:
        response = await provider.chat(USER, MODEL)

    assert response.text == "Blue."
    assert api.body["max_tokens"] == limit


@pytest.mark.parametrize("options", [{"max_tokens": 9}, {"extra_body": {"max_tokens": 9}}])
async def test_callers_limit_stays(options):
    """The caller's own limit is never changed."""
    api = Api(rejection(ABOVE_LIMIT))
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError, match="maximum allowed"):
            await provider.chat(USER, MODEL, **options)

    assert len(api.requests) == 1


async def test_prompt_fills_the_window():
    """If the messages alone fill the window, no limit fits, and the error says so."""
    said = ABOVE_WINDOW.replace("190000", "200000")
    api = Api(rejection(said))
    async with api.provider() as provider:
        with pytest.raises(ContextLengthError):
            await provider.chat(USER, MODEL)

    assert len(api.requests) == 1


async def test_rejection_that_stays():
    """A service that rejects every limit is asked twice, not for ever."""
    api = Api(rejection(ABOVE_LIMIT))
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError):
            await provider.chat(USER, MODEL)

    assert len(api.requests) == 2


async def test_rejected_signature():
    """Thinking whose signature is not valid any more is left out."""
    api = Api(message(thinking("Hm."), text("So.")), rejection(SIGNATURE), message("Done."))
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        response = await provider.chat([*USER, first.message, *USER], MODEL)

    assert response.text == "Done."
    assert [turn["content"] for turn in api.body["messages"]][1] == [text("So.")]


async def test_rejected_signature_without_state():
    """If there is no state to leave out, the error is raised."""
    api = Api(rejection(SIGNATURE))
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError, match="signature"):
            await provider.chat(USER, MODEL)

    assert len(api.requests) == 1


async def test_calls_of_another_provider_before_thinking():
    """A conversation whose calls have no thinking goes on without it, and that is told."""
    call = {"id": "t1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    messages = [
        *USER,
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "t1", "content": "seen"},
    ]
    api = Api(rejection(NO_THINKING), message("Done."))
    async with api.provider() as provider:
        with pytest.warns(ProviderWarning, match="reasoning_effort"):
            response = await provider.chat(messages, "claude-haiku-4-5", reasoning_effort="low")

    assert api.body["thinking"] == {"type": "disabled"}
    assert any("reasoning_effort was dropped" in warning for warning in response.warnings)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("`temperature` and `top_p` cannot both be specified for this model.", {"temperature"}),
        ("top_p: Extra inputs are not permitted", {"temperature"}),
        ("`temperature` is deprecated for this model.", {"top_p"}),
    ],
)
async def test_rejected_sampling(said, kept):
    """Sampling options that a model turns out to reject are left out, and that is told."""
    api = Api(rejection(said), message("Blue."))
    async with api.provider(api_version="2023-06-01") as provider:
        with pytest.warns(ProviderWarning, match="was dropped: claude-sonnet-4-5"):
            response = await provider.chat(USER, "claude-sonnet-4-5", temperature=0.5, top_p=0.5)

    assert api.body.keys() & {"temperature", "top_p"} == kept
    assert any("was dropped" in warning for warning in response.warnings)


async def test_other_rejections_are_raised():
    """Any other rejection is raised at once."""
    api = Api(rejection("messages.0: nonsense"), message(tool_use("t")))
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError, match="nonsense"):
            await provider.chat(USER, MODEL)

    assert len(api.requests) == 1


WINDOW_FIRST = ABOVE_WINDOW.replace("190000 + 64000", "100000 + 128000")


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        ((ABOVE_LIMIT, ABOVE_WINDOW), 10000),
        ((WINDOW_FIRST, ABOVE_LIMIT), 64000),
        ((WINDOW_FIRST, ABOVE_LIMIT, ABOVE_WINDOW), 10000),
    ],
)
async def test_one_limit_after_another(said, limit):
    """A limit that was lowered once is still the provider's own, and is lowered again."""
    api = Api(*map(rejection, said), message("Blue."))
    async with api.provider() as provider:
        response = await provider.chat(USER, MODEL)

    assert (response.text, api.body["max_tokens"]) == ("Blue.", limit)


@pytest.mark.parametrize(
    "options",
    [
        {"reasoning_effort": "low"},
        {"extra_body": {"thinking": {"type": "enabled", "budget_tokens": 4096}}},
    ],
)
async def test_no_room_for_thinking(options):
    """If what is left of the context leaves no room to think, the service's own error says so."""
    api = Api(rejection(ABOVE_WINDOW.replace("190000", "199500")))
    async with api.provider() as provider:
        with pytest.raises(ContextLengthError, match="199500 ") as caught:
            await provider.chat(USER, "claude-sonnet-4-5", **options)

    assert "Raise max_tokens" not in str(caught.value)
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    "said",
    [
        "adaptive thinking is not supported on this model",
        "thinking: Input tag 'adaptive' found using 'type' does not match any of the expected tags:"
        " 'disabled', 'enabled'",
        "This model does not support the effort parameter.",
        "This model does not support adaptive thinking.",
        "output_config.effort: Extra inputs are not permitted",
    ],
)
async def test_adaptive_thinking_becomes_a_budget(said):
    """A model that turns out not to think adaptively gets a budget, and that is told."""
    api = Api(rejection(said), message("Blue."))
    async with api.provider() as provider:
        with pytest.warns(ProviderWarning, match="replaced by a budget"):
            response = await provider.chat(USER, "claude-sonnet-9", reasoning_effort="low")

    assert api.body["thinking"] == {"type": "enabled", "budget_tokens": 2048}
    assert "output_config" not in api.body
    assert any("does not accept it" in warning for warning in response.warnings)


async def test_budget_becomes_adaptive_thinking():
    """A model that turns out to take no budget thinks adaptively, and that is told."""
    said = (
        '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
        '"output_config.effort" to control thinking behavior.'
    )
    api = Api(rejection(said), message("Blue."))
    async with api.provider() as provider:
        with pytest.warns(ProviderWarning, match="replaced by adaptive"):
            await provider.chat(USER, "claude-sonnet-4-5", reasoning_effort="low")

    assert api.body["thinking"]["type"] == "adaptive"
    assert api.body["output_config"] == {"effort": "low"}


@pytest.mark.parametrize(
    "options",
    [
        {"reasoning_effort": "low", "max_tokens": 1000},
        {"reasoning_effort": "low", "extra_body": {"thinking": {"type": "adaptive"}}},
        {"extra_body": {"thinking": {"type": "adaptive"}}},
    ],
)
async def test_callers_own_thinking_stays(options):
    """Thinking that the caller chose, or that a budget has no room for, is not changed."""
    api = Api(rejection("adaptive thinking is not supported on this model"))
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError, match="adaptive thinking is not supported"):
            await provider.chat(USER, MODEL, **options)

    assert len(api.requests) == 1


async def test_thinking_that_is_always_rejected():
    """A service that rejects both forms of thinking is asked twice, not for ever."""
    api = Api(rejection("'adaptive' is not supported and 'enabled' is not supported"))
    async with api.provider() as provider:
        with pytest.warns(ProviderWarning), pytest.raises(ProviderRequestError):
            await provider.chat(USER, MODEL, reasoning_effort="low")

    assert len(api.requests) == 2


@pytest.mark.parametrize(
    "options",
    [{"reasoning_effort": "low"}, {"extra_body": {"thinking": {"type": "enabled"}}}],
)
@pytest.mark.parametrize(
    ("sampling", "kept"),
    [
        ({"temperature": 0.5}, set()),
        ({"temperature": 0}, set()),
        ({"temperature": 1, "top_p": 0.95}, {"temperature", "top_p"}),
        ({"top_p": 0.5}, set()),
    ],
)
async def test_sampling_while_thinking(options, sampling, kept):
    """Sampling that a thinking model rejects is left out, and that is told; the rest is sent."""
    api = Api()
    async with api.provider(api_version="2023-06-01") as provider:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            response = await provider.chat(USER, "claude-opus-4-1", **sampling, **options)

    assert api.body.keys() & {"temperature", "top_p"} == kept
    assert len(caught) == len(sampling) - len(kept) == len(response.warnings)


async def test_sampling_without_thinking():
    """Sampling of a model that does not think is sent."""
    api = Api()
    async with api.provider(api_version="2023-06-01") as provider:
        await provider.chat(USER, "claude-opus-4-1", temperature=0.5, reasoning_effort="none")

    assert api.body["temperature"] == 0.5


async def test_rejected_sampling_while_thinking():
    """A service that says so itself gets the call without."""
    said = "`temperature` may only be set to 1 when thinking is enabled."
    api = Api(rejection(said), message("Blue."))
    async with api.provider(api_version="2023-06-01") as provider:
        with pytest.warns(ProviderWarning, match="temperature was dropped"):
            await provider.chat(USER, "acme-large", temperature=0.5, reasoning_effort="low")

    assert "temperature" not in api.body


async def test_rejected_field_of_state():
    """State with a field that the service does not take back is left out."""
    said = "messages.1.content.0.text.later: Extra inputs are not permitted"
    api = Api(message(thinking("Hm."), text("So.")), rejection(said), message("Done."))
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        await provider.chat([*USER, first.message, *USER], MODEL)

    assert api.body["messages"][1]["content"] == [text("So.")]
