"""A rejection of what the caller did not ask for is not the caller's problem."""

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
