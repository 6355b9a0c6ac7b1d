"""Errors whose meaning is in their words, as services were reported to write them."""

import json

import pytest
from provider_sdk import (
    ContextLengthError,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderUnavailableError,
    StreamFailure,
)
from provider_sdk.chat_completions._error_words import means_quota, means_too_long
from provider_sdk.decoding import json_safe

from ._answers import DIALECT, added_up, events_of, parsed, reply
from ._service import USER, Reply, Service, chunk, completion, failing, sse, streamed


def error(status, body):
    """The error that a reply with this body, or this message, means."""
    body = body if isinstance(body, dict) else {"error": {"message": body}}
    return DIALECT.parse_error(reply(body, status))


QUOTA = [
    (429, "Your account org-1 <ak-2> is suspended due to insufficient balance, please recharge "
     "your account or check your plan and billing details"),
    (429, "You exceeded your current quota, please check your plan and billing details. For more "
     "information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes"),
    (429, "Insufficient balance or no resource package. Please recharge."),
    (429, "Insufficient account balance"),
    (429, "Your prepayment credits are depleted."),
    (429, "Your billing account has exceeded its monthly spending cap"),
    (429, "You have run out of credits"),
    (429, "You have exceeded your monthly included credits for Inference Providers."),
    (429, "\u4f59\u989d\u4e0d\u8db3\u6216\u65e0\u53ef\u7528\u8d44\u6e90\u5305"),
    (429, "You have reached your billing hard limit"),
    (429, "Not enough credits to complete this request"),
    (400, "Your credit balance is too low to access the API."),
    (400, "Budget has been exceeded! Current cost: 1.2, Max budget: 1.0"),
    (401, "Insufficient balance. Manage your billing here: https://example.com"),
    (403, "Your team has either used all available credits or reached its monthly spending limit."),
    (403, "user quota is not enough"),
    (403, "Sorry, your account balance is insufficient"),
    (412, "Account is suspended, possibly due to reaching the monthly spending limit"),
    (402, "anything"),
    (403, "Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys"),
    (429, "Key limit exceeded (monthly limit)"),
    (400, "You have reached your specified API usage limits. You will regain access on 2026-01-01"),
    (403, "The free tier of the model has been exhausted. If you wish to continue, please disable "
     "the use free tier only mode in the management console."),
    (400, "ExceededBudget: User=u over budget. Spend=1.2, Budget=1.0"),
    (400, "Access denied, please make sure your account is in good standing, overdue payment."),
    (403, "The request failed because your account has an overdue balance."),
    (403, "\u7528\u6237\u989d\u5ea6\u4e0d\u8db3"),
    (403, "\u8be5\u4ee4\u724c\u989d\u5ea6\u5df2\u7528\u5c3d"),
    (429, "Weekly/Monthly Limit Exhausted. Your limit will reset at 2026-01-01 10:00:00"),
    (429, "Your account is not active, please check your billing details on our website."),
    (500, "insufficient balance (1008)"),
    (429, "This request requires more credits. You requested 4096 tokens, but can only afford 12"),
    (429, "Sorry, you have exhausted this model's free quota"),
    (403, "Trial has expired"),
]  # fmt: skip
RATE = [
    "Rate limit reached for model `x` on tokens per minute (TPM): Limit 6000, Used 5900. Please "
    "try again in 7.66s. Need more tokens? Upgrade at https://console.groq.com/settings/billing",
    "You exceeded your current quota, please check your plan and billing details. * Quota exceeded "
    "for metric: generate_content_free_tier_requests, limit: 15. Please retry in 36.6s.",
    "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'",
    "Your account org-1 request reached max request: 3, please try again after 1 seconds",
    "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free requests per day",
    "Too many requests; top up your credit balance for higher limits",
    "Allocated quota exceeded, please increase your quota limit.",
    "Request too large for gpt-4 on tokens per min (TPM): Limit 30000, Requested 40000.",
    "slow down",
]


@pytest.mark.parametrize(("status", "message"), QUOTA)
async def test_an_empty_balance_is_quota(status, message):
    """Waiting does not help, so it is never tried again."""
    service = Service(failing(status, message))

    with pytest.raises(ProviderQuotaError):
        await service.provider().chat(USER)

    assert len(service.requests) == 1


@pytest.mark.parametrize("message", RATE)
def test_a_rate_limit_may_speak_of_quota(message):
    """It says how soon it is over, and waiting helps."""
    assert type(error(429, message)) is ProviderRateLimitError


@pytest.mark.parametrize(
    "label",
    [
        "exceeded_current_quota_error",
        "insufficient_balance",
        "insufficient_user_quota",
        "1113",
        1113,
        "budget_exceeded",
        "quota_exceeded",
        "ExceededBudget",
        "AllocationQuota.FreeTierOnly",
        "AccountOverdueError",
        "insufficient_balance_error",
        "InsufficientBalance",
        "reject_no_credit",
        "quote_exceeded",
    ],
)
def test_a_label_of_quota_needs_no_words(label):
    """Type or code say it, as text or number."""
    assert type(error(429, {"error": {"message": "no", "code": label}})) is ProviderQuotaError
    assert type(error(429, {"error": {"message": "no", "type": label}})) is ProviderQuotaError


def test_an_empty_balance_in_a_stream_is_quota():
    """It has no status there."""
    (event,) = events_of([sse({"error": {"message": "Insufficient Balance"}})])

    assert type(event.error) is ProviderQuotaError


TOO_LONG = [
    "Input validation error: `inputs` must have less than 1024 tokens. Given: 2000",
    "`inputs` must have fewer than 1024 tokens",
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000",
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4900 "
    "in the messages, 100 in the completion). Please reduce the length of the messages.",
    "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum context "
    "length is 65536 tokens and your request has 57879 input tokens (8192 > 65536 - 57879).",
    "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
    "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
    "Requested token count exceeds the model's maximum context length of 4096 tokens.",
    "the request exceeds the available context size, try increasing it",
    "request (33056 tokens) exceeds the available context size (32768 tokens), try increasing it",
    "the number of tokens to keep from the initial prompt is greater than the context length",
    "prompt too long; exceeded max context length by 5 tokens",
    "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum "
    "context length",
    "Please reduce the length of the messages or completion.",
    "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000.",
    "Please reduce the length of the messages or completion. Current length is 9000 while limit "
    "is 8192",
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    "Invalid request: Your request exceeded model token limit: 262144 (requested: 300000)",
    "Prompt exceeds max length",
    "Range of input length should be [1, 30720]",
    "invalid params, context window exceeds limit",
    "The total length of all messages is too long.",
    "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
    "Input is too long for requested model.",
    "prompt is too long: 213462 tokens > 200000 maximum",
    "prompt token count of 130000 exceeds the limit of 128000",
    "Request body too large for gpt-4o model. Max size: 8000 tokens.",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "The prompt is too long: 5000, model maximum context length: 4096",
    "The prompt size exceeds the maximum input length of 4096",
    "Sequence length of 5000 exceeds max_seq_len",
]  # fmt: skip


@pytest.mark.parametrize("message", TOO_LONG)
@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_conversation_that_is_too_long(message, status):
    """Whoever keeps the conversation can shorten it."""
    assert type(error(status, message)) is ContextLengthError


@pytest.mark.parametrize("message", TOO_LONG[::4])
def test_a_conversation_that_is_too_long_in_a_stream(message):
    """TGI reads the prompt once the stream is open."""
    (event,) = events_of([sse({"error": message, "error_type": "validation"})])

    assert type(event.error) is ContextLengthError


@pytest.mark.parametrize(
    "message",
    [
        "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is "
        "less than the `context_window` for this model",
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens",
        "max_completion_tokens must be at least 1",
        "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 10000",
        "Too many tokens, please wait before trying again.",
        "tools: too many tools",
        "The image is too large",
        "'temperature' must be less than 2",
        "max_tokens (32000) exceeds the maximum output tokens for this model (8192 tokens)",
        "max_completion_tokens exceeds the maximum allowed 8192 tokens",
        "max_new_tokens exceeds max output tokens limit 4096",
        "max_tokens: 128001 > 64000, which is the maximum allowed number of output tokens for x",
        "The maximum tokens you requested exceeds the model limit of 4096. Try again with a lower "
        "maximum tokens value.",
        "The value of max_tokens exceeds the maximum limit of 8192 tokens",
        "maxOutputTokens 9000 exceeds the limit of 8192 tokens",
        "requested 9000 output tokens exceeds the limit of 8192",
        "max_tokens exceeds maximum; the model has a context window of 128000 and can output 8192",
    ],
)
def test_other_limits_are_no_context(message):
    """Shortening the conversation would not help."""
    found = error(400, message)

    assert type(found) is ProviderRequestError
    assert "Shorten the conversation" not in str(found)


@pytest.mark.parametrize(
    "code", ["context_window_exceeded", "tokens_limit_reached", "ContextWindowExceededError"]
)
def test_a_label_of_length_needs_no_words(code):
    """It decides where the message says little."""
    assert type(error(400, {"error": {"message": "no", "code": code}})) is ContextLengthError


def test_what_is_gone_is_no_model():
    """The router answers 410 for a model that was withdrawn."""
    assert type(error(410, "The requested model is deprecated")) is ProviderModelNotFoundError
    assert "list the models" in str(error(410, "gone"))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"message": "slow", "code": "429"}}, ProviderRateLimitError),
        ({"error": {"message": "slow", "status": 429}}, ProviderRateLimitError),
        ({"error": {"message": "slow", "status_code": " 429 "}}, ProviderRateLimitError),
        ({"error": "slow", "status_code": 429}, ProviderRateLimitError),
        ({"error": {"message": "no", "code": "401"}}, ProviderAuthError),
        ({"error": {"message": "no", "code": "403"}}, ProviderPermissionError),
        ({"error": {"message": "no", "code": "200"}}, ProviderResponseError),
        ({"error": {"message": "no", "code": "4290"}}, ProviderResponseError),
        ({"error": {"message": "no", "code": 10**400}}, ProviderResponseError),
        ({"error": {"message": "no", "code": "\u0664\u0662\u0669"}}, ProviderResponseError),
        ({"error": {"message": "down", "code": 502}}, ProviderUnavailableError),
    ],
)
def test_a_status_may_be_text(body, kind):
    """An error that comes with the status of a success says its own."""
    (event,) = events_of([sse(body)])
    with pytest.raises(ProviderError) as caught:
        parsed(body)

    assert type(event.error) is type(caught.value) is kind


NOTHING = [
    *(None, "", False, 0, [], {}, {"message": ""}, {"message": None, "code": None, "type": ""}),
    *(
        "success",
        "ok",
        "none",
        "0",
        {"code": 0, "message": "success"},
        {"code": "0"},
        {"code": 200},
    ),
    *({"code": "ok", "message": "OK"}, {"code": "success"}, {"code": 200, "type": "None"}, [{}]),
    {"code": 0, "message": "Request successful.", "request_id": "r1"},
]


@pytest.mark.parametrize("nothing", NOTHING)
def test_an_empty_error_is_none(nothing):
    """Many services send the field always, in chunks and in whole answers."""
    fields = {"error": nothing}
    body = {**completion(), **fields}
    body["choices"][0] |= fields
    first, last = {**chunk("Bl"), **fields}, {**chunk("ue.", finish="stop"), **fields}
    first["choices"][0] |= fields

    assert parsed(body).text == added_up(first, fields, last).text == "Blue."


@pytest.mark.parametrize("nothing", NOTHING)
async def test_an_empty_error_is_none_in_a_model_list(nothing):
    """The list stands beside it."""
    models = Reply({"data": [{"id": "acme-large"}], "error": nothing})

    assert await Service(models).provider().list_models() == ["acme-large"]


IN_CHOICE = {"code": 502, "message": "Upstream broke", "metadata": {"provider_name": "x"}}


async def test_an_error_in_a_choice_of_a_stream_has_its_words():
    """What had come is kept."""
    last = chunk("ue.", finish="error")
    last["choices"][0]["error"] = IN_CHOICE
    stream = await Service(streamed(sse(chunk("Bl"), last))).provider().chat(USER, stream=True)

    with pytest.raises(ProviderUnavailableError, match="Upstream broke") as caught:
        await stream.collect()

    assert caught.value.partial.text == "Blue."


async def test_an_error_in_a_choice_of_a_whole_answer_has_its_words():
    """Status 200 makes no answer of it."""
    body = completion("Bl")
    body["choices"][0] |= {"error": IN_CHOICE, "finish_reason": "error"}

    with pytest.raises(ProviderUnavailableError, match="Upstream broke") as caught:
        await Service(Reply(body)).provider(max_retries=0).chat(USER)

    assert caught.value.partial.text == "Bl"


def test_an_error_in_a_choice_needs_no_message():
    """A service may put it where the message would be."""
    with pytest.raises(ProviderUnavailableError, match="Upstream broke"):
        parsed({"choices": [{"error": IN_CHOICE}]})


def test_an_error_may_be_text_in_a_choice():
    """Any shape of an error is read."""
    last = chunk()
    last["choices"][0]["error"] = "it broke"

    assert events_of([sse(last)])[-1].error.message == "it broke"


def test_an_error_beside_content_keeps_the_content():
    """OpenRouter ends a chunk of an answer with both."""
    events = events_of([sse({**chunk("Bl", finish="error"), "error": IN_CHOICE})])

    assert events[0].text == "Bl"
    assert isinstance(events[1], StreamFailure)
    assert events[1].error.message == "Upstream broke"
    assert len(events) == 2


@pytest.mark.parametrize(
    ("raw", "kind", "said"),
    [
        ("z-ai/glm is temporarily rate-limited upstream.", ProviderRateLimitError, "rate-limited"),
        (
            '{"error":{"message":"suspended due to insufficient balance"}}',
            ProviderQuotaError,
            "suspended",
        ),
        ('{"error":{"message":"no","code":"insufficient_quota"}}', ProviderQuotaError, "no"),
        ("", ProviderRateLimitError, ""),
        (None, ProviderRateLimitError, ""),
        ({"a": 1}, ProviderRateLimitError, ""),
    ],
)
def test_the_words_of_the_back_end_are_shown(raw, kind, said):
    """OpenRouter says only that it returned an error, and hides which."""
    body = {"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": raw}}}

    found = error(429, body)

    assert type(found) is kind
    assert found.message.startswith("Provider returned error")
    assert said in found.message


INNER = {"error": {"type": "invalid_request_error", "message": "Unknown model 'x'"}}


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"type": "request_fail", "upstream_error": INNER}},
        {"error": {"type": "request_fail", "upstream_error": json.dumps(INNER)}},
        {"error": {"message": "it failed", "upstream_error": INNER}},
        {"error": {"message": "it failed", "innererror": INNER["error"]}},
        {"error": {"message": "it failed"}, "cause": INNER},
        {"error": {"code": 400, "later": {"error": INNER}}},
        {"error": {"type": "request_fail", "upstream_error": {"upstream_error": INNER}}},
    ],
)
def test_the_words_of_a_nested_error_are_shown(body):
    """Gateways put the error of the service behind them into their own."""
    found = error(400, body)

    assert type(found) is ProviderModelNotFoundError
    assert "Unknown model 'x'" in found.message


@pytest.mark.parametrize("name", ["upstream_error", "later"])
def test_deeply_nested_errors_are_bounded(name):
    """However deep errors are nested, reading them ends."""
    body = INNER
    for _ in range(60):
        body = {"error": {name: body}}

    assert error(400, body).message == "HTTP 400 Bad Request"


@pytest.mark.parametrize("seconds", [10**400, 1e999, float("nan"), -1, True, "20"])
def test_a_wait_that_is_no_number_is_none(seconds):
    """Nothing overflows."""
    body = json_safe({"error": "loading"}) | {"estimated_time": seconds}

    assert error(503, body).retry_after is None


def test_words_behind_an_empty_choices_are_an_error():
    """An answer without choices that says why is no broken answer."""
    with pytest.raises(ProviderQuotaError, match="Insufficient balance"):
        parsed({"choices": None, "message": "Insufficient balance"})


def test_groq_says_in_its_extension_why_a_stream_stops():
    """It is an error with those words."""
    events = events_of([sse(chunk("Bl"), {**chunk("ue."), "x_groq": {"error": "over capacity"}})])

    assert [event.text for event in events[:-1]] == ["Bl", "ue."]
    assert events[-1].error.message == "over capacity"


@pytest.mark.parametrize(
    "message",
    [
        "usage limit reached for this month",
        "You've reached your usage limit",
        "Please add a payment method",
        "daily quota exceeded",
    ],
)
def test_a_limit_of_an_account_is_a_quota(message):
    """Waiting a moment does not help."""
    assert means_quota(message)


@pytest.mark.parametrize(
    "message",
    [
        "input length 5000 exceeds maximum 4096",
        "when context the overflows",
        "input_tokens_exceeded",
    ],
)
def test_more_wordings_of_too_long(message):
    """LM Studio and others have their own."""
    assert means_too_long(message)


NO_MODEL = [
    "Unknown Model, please check the model code.",
    "The model `x` has been decommissioned and is no longer supported. Please refer to the docs",
    "x is not a valid model ID",
    "x is not a supported model",
    "400: {'error': 'Invalid model name passed in model=x. Call `/v1/models` to view available'}",
    "Model Not Exist",
    "Model does not exist. Please check it carefully.",
    "Invalid model: x",
    "Invalid model 'x'. Permitted models can be found in the documentation",
    "The provided model identifier is invalid.",
    "The requested model 'x' is not supported by any provider you have enabled.",
    "The requested model is not supported.",
    "The model 'x' was not found",
    "Unknown model: x",
    "Unsupported model x",
    "The model: `x` does not exist",
    "This model has been retired.",
    "Could not find model x",
    "No model found matching x",
    "Not found the model x or Permission denied",
    "\u6a21\u578b\u4e0d\u5b58\u5728\uff0c\u8bf7\u68c0\u67e5\u6a21\u578b\u4ee3\u7801\u3002",
]


@pytest.mark.parametrize("message", NO_MODEL)
@pytest.mark.parametrize("status", [400, 422])
def test_an_unknown_model_in_any_words(message, status):
    """Many services answer as if the whole request were wrong."""
    assert type(error(status, message)) is ProviderModelNotFoundError


@pytest.mark.parametrize(
    "label",
    [
        *("1211", 1211, "model_decommissioned", "ModelNotFound", "unknown_model", "InvalidModel"),
        *("model_not_exist", "model-not-found", "InvalidEndpointOrModel.NotFound"),
        *("model_deprecated", "DeploymentNotFound", "model_not_available"),
    ],
)
def test_a_label_of_an_unknown_model_needs_no_words(label):
    """Type or code say it, however they are spelled."""
    assert type(error(400, {"error": {"message": "no", "code": label}})) is (
        ProviderModelNotFoundError
    )


@pytest.mark.parametrize(
    "message",
    [
        "Invalid model parameters",
        "model output is not supported",
        "response_format is not supported by this model",
        "The model does not support tools",
        "Tool use is not supported for model x",
        "Model x is not supported with tools",
        "Unsupported model feature: tools",
        "Unsupported value: 'temperature' does not support 0.2 with this model.",
        "tool_call_id not found",
        "The thinking budget must be less than max_tokens",
        "The image was not found",
    ],
)
def test_a_request_that_speaks_of_a_model_is_no_unknown_model(message):
    """The model is there, and cannot do what was asked."""
    assert type(error(400, message)) is ProviderRequestError


def test_a_quota_for_a_while_is_a_rate_limit():
    """A label may mean both; the message says that it ends soon."""
    body = {"error": {"message": "Requests per minute: try again in 3s", "code": "quota_exceeded"}}

    assert type(error(429, body)) is ProviderRateLimitError
