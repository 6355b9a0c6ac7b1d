"""What services say when they refuse a call, as far as the pages of the providers tell it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from provider_sdk import PROVIDER_REGISTRY, BaseProvider, ProviderError

_ASKED = [{"role": "user", "content": "Why is the sky blue?"}]


@dataclass(frozen=True)
class Refusal:
    """A reply with which a service refuses a call."""

    provider: str
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """The model that is asked."""
        return "qwen3" if self.provider == "ollama" else "org/model"

    @property
    def id(self) -> str:
        """A name for the test."""
        return f"{self.provider}-{self.status}-{str(self.body)[-30:-3]}"


def _openai(message: str, code: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _claude(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def _gemini(code: int, status: str, message: str, *details: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status, "details": details}}


_PER_DAY = {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}
_PER_MINUTE = {"violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}]}

REFUSALS = (
    Refusal("hf", 401, {"error": "Invalid username or password."}),
    Refusal(
        "hf",
        403,
        {
            "error": "This authentication method does not have sufficient permissions to call "
            "Inference Providers on behalf of user U"
        },
    ),
    Refusal(
        "hf",
        402,
        {"error": "You have exceeded your monthly included credits for Inference Providers."},
    ),
    Refusal(
        "hf",
        400,
        _openai(
            "The requested model 'org/model' is not supported by any provider you have enabled.",
            "model_not_supported",
        ),
    ),
    Refusal("hf", 429, {"error": "Too many requests"}),
    Refusal("hf", 504, "<html><title>504 Gateway Time-out</title></html>"),
    Refusal("hf", 503, {"error": "Model is overloaded", "error_type": "overloaded"}),
    Refusal("claude", 401, _claude("authentication_error", "invalid x-api-key")),
    Refusal("claude", 404, _claude("not_found_error", "model: claude-none")),
    Refusal(
        "claude",
        400,
        _claude("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    ),
    Refusal("claude", 402, _claude("billing_error", "Your credit balance is too low")),
    Refusal("claude", 413, _claude("request_too_large", "Request exceeds the maximum size")),
    Refusal(
        "claude", 429, _claude("rate_limit_error", "This request would exceed your rate limit")
    ),
    Refusal("claude", 529, _claude("overloaded_error", "Overloaded")),
    Refusal(
        "gemini",
        400,
        _gemini(
            400,
            "INVALID_ARGUMENT",
            "API key not valid. Please pass a valid API key.",
            {"reason": "API_KEY_INVALID"},
        ),
    ),
    Refusal(
        "gemini",
        400,
        _gemini(
            400,
            "FAILED_PRECONDITION",
            "User location is not supported for the API use.",
        ),
    ),
    Refusal("gemini", 404, _gemini(404, "NOT_FOUND", "models/none is not found for API version")),
    Refusal(
        "gemini",
        400,
        _gemini(
            400,
            "INVALID_ARGUMENT",
            "The input token count (1200000) exceeds the maximum number of tokens allowed "
            "(1048576)",
        ),
    ),
    Refusal(
        "gemini",
        429,
        _gemini(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota", _PER_DAY),
    ),
    Refusal(
        "gemini",
        429,
        _gemini(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted", _PER_MINUTE),
    ),
    Refusal("gemini", 503, _gemini(503, "UNAVAILABLE", "The model is overloaded.")),
    Refusal("ollama", 404, {"error": "model 'qwen3' not found"}),
    Refusal("ollama", 401, {"error": "unauthorized"}),
    Refusal("ollama", 503, {"error": "server busy, please try again."}),
    Refusal("ollama", 400, {"error": '"qwen3" does not support tools'}),
    Refusal("codex", 401, _openai("Incorrect API key provided: sk-….", "invalid_api_key")),
    Refusal("codex", 400, _openai("The requested model 'none' does not exist.", "model_not_found")),
    Refusal(
        "codex",
        400,
        _openai("Your input exceeds the context window of this model.", "context_length_exceeded"),
    ),
    Refusal(
        "codex",
        429,
        _openai("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
    ),
    Refusal("codex", 429, _openai("Rate limit reached", "rate_limit_exceeded", "tokens")),
    Refusal(
        "openai",
        404,
        _openai(
            "This model is only supported in v1/responses and not in v1/chat/completions.",
            "model_not_found",
        ),
    ),
)


async def error_of(refusal: Refusal) -> ProviderError:
    """Return what the provider raises when a service refuses a call in this way."""

    def reply(_: httpx.Request) -> httpx.Response:
        text = refusal.body if isinstance(refusal.body, str) else json.dumps(refusal.body)
        return httpx.Response(refusal.status, headers=dict(refusal.headers), text=text)

    provider_class = PROVIDER_REGISTRY[refusal.provider]
    async with httpx.AsyncClient(transport=httpx.MockTransport(reply)) as client:
        provider: BaseProvider = provider_class(
            api_key="sk-canary", http_client=client, max_retries=0
        )
        try:
            await provider.chat(_ASKED, model=refusal.model)
        except ProviderError as error:
            return error
        finally:
            await provider.aclose()
    raise AssertionError("the call was answered")
