"""Errors of chat completions say which page, or which other provider, helps."""

import pytest
from provider_sdk import (
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderQuotaError,
    ProviderRequestError,
)

from ._api import KEY, USER
from ._chat_api import TOOL, Api, rejection

ELSEWHERE = [
    (404, "This model is only supported in v1/responses and not in v1/chat/completions."),
    (
        404,
        "This is not a chat model and thus not supported in the v1/chat/completions endpoint. "
        "Did you mean to use v1/completions?",
    ),
    (
        404,
        "This model is not supported in the v1/chat/completions endpoint. "
        "Use the v1/responses endpoint instead.",
    ),
    (
        400,
        "Function tools with reasoning_effort are not supported for gpt-5.4 in "
        "/v1/chat/completions. Please use /v1/responses instead.",
    ),
    (
        400,
        "Function tools with reasoning_effort are not supported for gpt-5.6 in "
        "/v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort "
        "to 'none'.",
    ),
    (
        400,
        "litellm.BadRequestError: OpenAIException - This model is\nonly supported in v1/responses "
        "and not in v1/chat/completions.. Received Model Group=openai/gpt-5-codex",
    ),
    (400, "model gpt-5-codex is not accessible via the /chat/completions endpoint"),
    (
        400,
        "The chatCompletion operation does not work with the specified model, gpt-5.1-codex. "
        "Please choose a different model and try again.",
    ),
    (
        400,
        "Unsupported legacy protocol: /v1/chat/completions is not supported. "
        "Please use /v1/responses.",
    ),
]
HERE = [
    (404, "The model `gpt-7` does not exist or you do not have access to it."),
    (404, "This is a chat model and not supported in the v1/completions endpoint."),
    (400, "Invalid 'messages[0].role': did you mean 'user'?"),
    (400, "Your organization must be verified to stream this model."),
]


async def _failure(reply, *, streamed=False, **options):
    async with Api(reply).provider() as provider:
        with pytest.raises(ProviderError) as caught:
            await provider.chat(USER, stream=streamed, **options)
    return caught.value


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("status", "said"), ELSEWHERE)
async def test_model_of_the_other_api(status, said, streamed):
    """What only the Responses API serves is told in one sentence that names `codex`."""
    failure = await _failure(
        rejection(said, status), streamed=streamed, tools=[TOOL], reasoning_effort="low"
    )

    kinds = {400: ProviderRequestError, 404: ProviderModelNotFoundError}
    assert type(failure) is kinds[status]
    assert "`codex`" in failure.hint
    assert failure.hint.count(".") == 1
    assert said in str(failure)


async def test_other_api_by_its_label():
    """The code of the error says the same, whatever its message is."""
    failure = await _failure(rejection("no", code="unsupported_api_for_model"))

    assert "`codex`" in failure.hint


@pytest.mark.parametrize(("status", "said"), HERE)
async def test_other_errors_do_not_name_it(status, said):
    """No other error sends anybody to another provider."""
    failure = await _failure(rejection(said, status))

    assert "codex" not in str(failure)


async def test_nothing_is_downgraded():
    """Tools beside reasoning are refused once; the effort that was asked for is not dropped."""
    api = Api(rejection(ELSEWHERE[4][1], param="reasoning_effort"))
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError, match="`codex`"):
            await provider.chat(USER, tools=[TOOL], reasoning_effort="low", temperature=0.5)

    assert len(api.requests) == 1


async def test_wrong_key():
    """A rejected key is told with its source and the page of keys, without its value."""
    said = f"Incorrect API key provided: {KEY}."
    failure = await _failure(rejection(said, 401, code="invalid_api_key"))

    assert type(failure) is ProviderAuthError
    assert "https://platform.openai.com/api-keys" in str(failure)
    assert "the api_key argument" in str(failure)
    assert KEY not in str(failure)


async def test_other_organization():
    """A header for another organization than the key's is a rejected credential."""
    said = "OpenAI-Organization header should match organization for API key"
    failure = await _failure(rejection(said, 401, code="mismatched_organization"))

    assert type(failure) is ProviderAuthError


async def test_no_credits():
    """Used-up credits are told with the page for them."""
    failure = await _failure(
        rejection("You exceeded your current quota.", 429, code="insufficient_quota")
    )

    assert type(failure) is ProviderQuotaError
    assert "https://platform.openai.com/settings/organization/billing" in str(failure)
