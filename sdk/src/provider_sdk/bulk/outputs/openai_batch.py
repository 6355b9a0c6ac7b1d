"""Writes results in the form of OpenAI's batch service, which ``vllm run-batch`` writes too.

An answer is ``{"id", "custom_id", "response": {"status_code": 200, "request_id", "body"}, "error":
null}`` with a chat completion as its body; see
https://platform.openai.com/docs/api-reference/batch/request-output. For a row that failed, the
service's answer is the response, with the body ``{"error": {"message", "type", "param", "code"}}``;
if no answer came, ``response`` is null. ``error`` is ``{"code", "message"}`` for every row that
failed, as vLLM has it: some programs look only there.
"""

from __future__ import annotations

from typing import Any

from provider_sdk._usage import Usage
from provider_sdk.bulk.rows import Result, RowError

# Any other reason is written as the usual one; clients refuse words that they do not know.
_REASONS = frozenset({"stop", "length", "tool_calls", "content_filter"})
_OK = 200


def batch_line(result: Result) -> dict[str, Any]:
    """Return a result in the form of OpenAI's batch service, as plain JSON types.

    ``id`` is made of the row's number, so that the same results make the same file. An id of the
    exchange that is not known is ``""``. The form has no place for price, attempts, provider and
    back end, which the other formats have.
    """
    error = result.error
    response, problem = None, None
    if error is None:
        response = _response(_OK, None, _completion(result))
    else:
        problem = {"code": error.type, "message": error.message}
        if error.status is not None:
            response = _response(error.status, error.request_id, {"error": _error(error)})
    return {
        "id": f"batch_req_{result.index}",
        "custom_id": result.id,
        "response": response,
        "error": problem,
    }


def _response(status: int, request_id: str | None, body: dict[str, Any]) -> dict[str, Any]:
    return {"status_code": status, "request_id": request_id or "", "body": body}


def _error(error: RowError) -> dict[str, Any]:
    return {"message": error.message, "type": error.type, "param": None, "code": None}


def _completion(result: Result) -> dict[str, Any]:
    reason = result.finish_reason
    choice = {
        "index": 0,
        "message": _message(result),
        "finish_reason": reason if reason in _REASONS else "stop",
        "logprobs": None,
    }
    return {
        "id": f"chatcmpl-{result.index}",
        "object": "chat.completion",
        "created": int(result.ended_at),
        "model": result.model or "",
        "choices": [choice],
        "usage": _usage(result.usage) if result.usage else None,
    }


def _message(result: Result) -> dict[str, Any]:
    is_refusal = result.finish_reason == "refusal"
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if is_refusal or (result.tool_calls and not result.text) else result.text,
        "refusal": result.text if is_refusal else None,
    }
    if result.reasoning is not None:
        message["reasoning_content"] = result.reasoning
    if result.tool_calls:
        message["tool_calls"] = [call.to_dict() for call in result.tool_calls]
    return message


def _usage(usage: Usage) -> dict[str, Any]:
    """Return token counts; the form wants numbers, so one that is not known is 0."""
    counts: dict[str, Any] = {
        "prompt_tokens": usage.prompt_tokens or 0,
        "completion_tokens": usage.completion_tokens or 0,
        "total_tokens": usage.total_tokens or 0,
    }
    if usage.cached_tokens is not None:
        counts["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    if usage.reasoning_tokens is not None:
        counts["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    return counts
