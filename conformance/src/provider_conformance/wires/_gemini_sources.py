"""What the Gemini API is documented to send and recordings may lack."""

from __future__ import annotations

from provider_conformance.wires._documented import Documented

_REFERENCE = "https://ai.google.dev/api/generate-content"
_FINISHES = (
    *("STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"),
    "IMAGE_SAFETY",
)
_STATUSES = (
    *("INVALID_ARGUMENT", "PERMISSION_DENIED", "NOT_FOUND", "RESOURCE_EXHAUSTED"),
    *("INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED"),
)
_ANSWERS = ("chat answer", "stream")

GEMINI = (
    Documented(
        _REFERENCE,
        "hardly anybody who records fills the window or provokes a filter",
        [
            f'{part}: candidates[].finishReason = "{word}"'
            for part in _ANSWERS
            for word in _FINISHES
        ],
    ),
    Documented(
        _REFERENCE,
        "nor a refusal of the prompt",
        [f"{part}: promptFeedback.blockReason" for part in _ANSWERS],
    ),
    Documented(
        "https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse",
        "only Vertex AI, which speaks the same protocol, says why, or has this filter",
        [
            name
            for part in _ANSWERS
            for name in (
                f"{part}: promptFeedback.blockReasonMessage",
                f'{part}: candidates[].finishReason = "MODEL_ARMOR"',
            )
        ],
    ),
    Documented(
        "https://ai.google.dev/api/caching",
        "thoughts, ids of calls and a cache are newer than some recordings",
        [
            name
            for part in _ANSWERS
            for name in (
                f"{part}: candidates[].content.parts[].thought",
                f"{part}: candidates[].content.parts[].thoughtSignature",
                f"{part}: candidates[].content.parts[].functionCall.id",
                f"{part}: usageMetadata.cachedContentTokenCount",
            )
        ],
    ),
    Documented(
        "https://ai.google.dev/gemini-api/docs/troubleshooting",
        "failures, of which hardly any can be had at will",
        [
            *(f"failure: status {status}" for status in (400, 403, 404, 429, 500, 503, 504)),
            *(f'failure: error.status = "{status}"' for status in _STATUSES),
        ],
    ),
    Documented(
        "https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto",
        "the details of failures, of which the same is true",
        [
            f"failure: error.details[].{name}"
            for name in ("reason", "domain", "metadata", "violations", "retryDelay", "requestId")
        ],
    ),
    Documented(
        "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto",
        "nor is every reason recorded",
        [
            f'failure: error.details[].reason = "{reason}"'
            for reason in ("API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED")
        ],
    ),
)
