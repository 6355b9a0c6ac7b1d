"""What the services of the kit's own wires are documented to send and recordings may lack.

Most of it nobody can record at will: an outage, an overload, a refusal.
"""

from __future__ import annotations

from provider_conformance.wires._documented import Documented

_GATEWAY = Documented(
    "https://www.rfc-editor.org/rfc/rfc9110#name-504-gateway-timeout",
    "a gateway before the service sends it",
    ["failure: status 504"],
)
_OPENAI_CODEX = "https://github.com/openai/codex/blob/main/codex-rs/codex-api/src"
_OPENAI_REFERENCE = "https://platform.openai.com/docs/api-reference/chat"
_OPENAI_FINISHES = ("content_filter", "length", "stop", "tool_calls")
_OPENAI_CODES = ("context_length_exceeded", "invalid_api_key", "invalid_value", "model_not_found")
_OPENAI_ERRORS = (
    "insufficient_quota",
    "invalid_request_error",
    "request_forbidden",
    "requests",
    "server_error",
)
_ANTHROPIC_ERRORS = (
    "api_error",
    "authentication_error",
    "billing_error",
    "invalid_request_error",
    "not_found_error",
    "overloaded_error",
    "permission_error",
    "rate_limit_error",
    "timeout_error",
)
_OLLAMA = "https://github.com/ollama/ollama/blob/main"

_OPENAI = (
    _GATEWAY,
    Documented(
        f"{_OPENAI_REFERENCE}/object",
        "a service may never have refused, filtered, cached, cut or called when it was recorded",
        [
            *(f'chat answer: choices[].finish_reason = "{word}"' for word in _OPENAI_FINISHES),
            "chat answer: choices[].message.content = null",
            "chat answer: choices[].message.refusal",
            "chat answer: choices[].message.tool_calls",
            "chat answer: usage.prompt_tokens_details",
            "chat answer: usage.completion_tokens_details",
        ],
    ),
    Documented(
        f"{_OPENAI_REFERENCE}/streaming",
        "the same, streamed",
        [
            *(f'stream: choices[].finish_reason = "{word}"' for word in _OPENAI_FINISHES),
            "stream: choices[].delta.refusal",
            "stream: choices[].delta.tool_calls",
            "stream: usage.prompt_tokens_details",
            "stream: usage.completion_tokens_details",
        ],
    ),
    Documented(
        "https://platform.openai.com/docs/guides/error-codes",
        "failures, of which hardly any can be had at will",
        [
            *(f"failure: status {status}" for status in (400, 401, 403, 404, 429, 500, 503)),
            *(f'failure: error.type = "{kind}"' for kind in _OPENAI_ERRORS),
            *(
                f'failure: error(type=invalid_request_error).code = "{code}"'
                for code in _OPENAI_CODES
            ),
        ],
    ),
    Documented(
        f"{_OPENAI_CODEX}/sse/responses.rs",
        "the vendor's own client knows an overload by this; the reference names its status only",
        ['failure: error.type = "service_unavailable_error"'],
    ),
    Documented(
        "https://github.com/openai/openai-python/blob/main/src/openai/_streaming.py",
        "the vendor's own client reads failures in streams; none was recorded",
        ["failure in a stream: error"],
    ),
    Documented(
        "https://platform.openai.com/docs/api-reference/debugging-requests",
        "recorders often drop headers",
        ["any reply: header x-request-id"],
    ),
)

_RESPONSES_TYPES = "https://github.com/openai/openai-python/blob/main/src/openai/types/responses"
_FAILED = "(type=response.failed).response.error.code"

RESPONSES = (
    _GATEWAY,
    Documented(
        f"{_RESPONSES_TYPES}/response.py",
        "nobody who records has an answer filtered, and few have one cut",
        [
            'chat answer: incomplete_details.reason = "content_filter"',
            'chat answer: output[](type=message).status = "incomplete"',
            "stream: (type=response.incomplete).response.incomplete_details.reason",
            "stream: (type=response.incomplete).response.output[](type=message).phase",
        ],
    ),
    Documented(
        f"{_RESPONSES_TYPES}/response_refusal_delta_event.py",
        "nobody who records a stream provokes a refusal",
        [
            "stream: event response.refusal.delta",
            "stream: event response.refusal.done",
            'stream: (type=response.content_part.added).part.type = "refusal"',
            'stream: (type=response.content_part.done).part.type = "refusal"',
            "stream: (type=response.output_item.done).item(type=message).content[].type",
            "stream: (type=response.completed).response.output[](type=message).content[].type",
        ],
    ),
    Documented(
        "https://platform.openai.com/docs/guides/error-codes",
        "failures, of which hardly any can be had at will",
        [
            *(f"failure: status {status}" for status in (400, 401, 403, 429, 500, 503)),
            *(f'failure: error.type = "{kind}"' for kind in (*_OPENAI_ERRORS, "tokens")),
            *(
                f'failure: error(type=invalid_request_error).code = "{code}"'
                for code in _OPENAI_CODES
            ),
            *(
                f'failure in a stream: {_FAILED} = "{code}"'
                for code in (*_OPENAI_CODES, "unsupported_country_region_territory")
            ),
            'failure in a stream: (type=error).error.type = "invalid_request_error"',
        ],
    ),
    Documented(
        f"{_RESPONSES_TYPES}/response_error.py",
        "no outage was recorded",
        [f'failure in a stream: {_FAILED} = "server_error"'],
    ),
    Documented(
        f"{_RESPONSES_TYPES}/response_error_event.py",
        "this form of the event is documented, and another one recorded",
        [f"failure in a stream: (type=error).{name}" for name in ("code", "message", "param")],
    ),
    Documented(
        f"{_OPENAI_CODEX}/sse/responses.rs",
        "the vendor's own client knows an overload and a quota by these",
        [
            'failure: error.type = "service_unavailable_error"',
            f'failure in a stream: {_FAILED} = "insufficient_quota"',
        ],
    ),
)

ANTHROPIC = (
    Documented(
        "https://docs.claude.com/en/api/errors",
        "failures, of which hardly any can be had at will",
        [
            *(f"failure: status {status}" for status in (400, 401, 402, 403, 404, 429)),
            *(f"failure: status {status}" for status in (500, 504, 529)),
            *(f'failure: error.type = "{kind}"' for kind in _ANTHROPIC_ERRORS),
            "any reply: header request-id",
        ],
    ),
    Documented(
        "https://docs.claude.com/en/docs/build-with-claude/streaming",
        "failures in streams are as rare",
        ["failure in a stream: event error"],
    ),
    Documented(
        "https://docs.claude.com/en/docs/build-with-claude/handling-stop-reasons",
        "nobody who records provokes a refusal",
        [
            'chat answer: stop_reason = "refusal"',
            "chat answer: stop_details",
            'stream: (type=message_delta).delta.stop_reason = "refusal"',
            "stream: (type=message_delta).delta.stop_details",
        ],
    ),
    Documented(
        "https://docs.claude.com/en/docs/build-with-claude/handling-stop-reasons",
        "hardly anybody who records fills the context window, or stops a stream at a sequence",
        [
            'chat answer: stop_reason = "model_context_window_exceeded"',
            'stream: (type=message_delta).delta.stop_reason = "model_context_window_exceeded"',
            'stream: (type=message_delta).delta.stop_reason = "stop_sequence"',
            "stream: (type=message_delta).delta.stop_sequence = text",
        ],
    ),
    Documented(
        "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/types/model_info.py",
        "newer than most recordings",
        ["model list: data[](type=model).lifecycle"],
    ),
)

OLLAMA = (
    _GATEWAY,
    Documented(
        f"{_OLLAMA}/docs/api/errors.mdx",
        "failures, of which hardly any can be had at will",
        [f"failure: status {status}" for status in (400, 404, 429, 500)],
    ),
    Documented(
        "https://docs.ollama.com/cloud",
        "failures of the hosted service and of an overloaded one",
        [f"failure: status {status}" for status in (401, 402, 403, 503)],
    ),
    Documented(
        f"{_OLLAMA}/api/types.go",
        "newer than most recordings",
        [
            "chat answer: prompt_eval_cached_count",
            "stream: prompt_eval_cached_count",
            "model list: models[].capabilities",
        ],
    ),
)

_REASONING = {
    "reasoning": "https://openrouter.ai/docs/use-cases/reasoning-tokens",
    "reasoning_content": "https://api-docs.deepseek.com/guides/reasoning_model",
}
_OPENAI_STATE = (
    Documented(
        "https://openrouter.ai/docs/use-cases/reasoning-tokens",
        "few back ends encrypt their reasoning",
        [
            "chat answer: choices[].message.reasoning_details",
            "stream: choices[].delta.reasoning_details",
        ],
    ),
    Documented(
        "https://ai.google.dev/gemini-api/docs/thought-signatures",
        "one service signs its calls",
        [
            "chat answer: choices[].message.tool_calls[].extra_content",
            "stream: choices[].delta.tool_calls[].extra_content",
        ],
    ),
)


def openai_sources(reasoning_field: str | None) -> tuple[Documented, ...]:
    """Return the sources for chat completions, with those of compatible services for reasoning."""
    if reasoning_field not in _REASONING:
        return _OPENAI
    places = [
        f"chat answer: choices[].message.{reasoning_field}",
        f"stream: choices[].delta.{reasoning_field}",
    ]
    reasoning = Documented(_REASONING[reasoning_field], "not every model reasons", places)
    return (*_OPENAI, reasoning, *_OPENAI_STATE)
