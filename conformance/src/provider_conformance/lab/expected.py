"""What a response must hold if the service gives an answer."""

from __future__ import annotations

from provider_sdk import ChatResponse

from provider_conformance.lab._lab import Lab, usage_dict
from provider_conformance.wires._answer import Answer, Tokens

_COUNTS = ("prompt", "completion", "total", "cached", "reasoning")


def expected_counts(lab: Lab, tokens: Tokens) -> dict[str, int | None]:
    """Return the counts that a response must have if the service reports these."""
    sent = lab.wire.traits.counts
    counts = {f"{n}_tokens": getattr(tokens, n) if n in sent else None for n in _COUNTS}
    if lab.wire.traits.split_completion and counts["completion_tokens"] is None:
        counts["completion_tokens"] = counts["reasoning_tokens"]
    prompt, completion = counts["prompt_tokens"], counts["completion_tokens"]
    if counts["total_tokens"] is None and prompt is not None and completion is not None:
        counts["total_tokens"] = prompt + completion
    return counts


def expected_model(lab: Lab, answer: Answer, asked: str) -> str:
    """Return the model of the response: what an answer cannot name is what was asked."""
    return answer.model if answer.model and lab.wire.traits.names_model else asked


def expected_request_id(lab: Lab, answer: Answer) -> str | None:
    """Return the id of the exchange, ``None`` if the protocol has no place for it."""
    return answer.request_id or None if lab.wire.traits.names_exchange else None


def require_answer(
    lab: Lab, form: str, answer: Answer, response: ChatResponse, asked: str | None = None
) -> None:
    """Fail unless a response says what the answer says, field by field.

    Args:
        lab: the lab of the check.
        form: the kind of call, ``"whole"`` or ``"streamed"``.
        answer: what the service was told to answer.
        response: what the provider returned.
        asked: the model that was asked, by default the harness's.
    """
    for name, value in _expected(lab, answer, asked or lab.harness.model).items():
        if name != "usage" or form == "whole" or "usage_in_stream" in lab.capabilities:
            lab.equal(f"{name} of the {form} answer", value, _actual(response)[name])


def _expected(lab: Lab, answer: Answer, asked: str) -> dict[str, object]:
    traits = lab.wire.traits
    refusal = (answer.refusal or None) if traits.refusals else None
    reasoning = "".join(answer.reasoning) if traits.returns_reasoning else ""
    facts: dict[str, object] = {
        "text": "" if refusal else answer.text,
        "reasoning": reasoning or None,
        "refusal": refusal,
        "tool_calls": [(call.id, call.name, dict(call.arguments)) for call in answer.calls],
        "model": expected_model(lab, answer, asked),
        "usage": None if answer.usage is None else expected_counts(lab, answer.usage),
        "request_id": expected_request_id(lab, answer),
        "served_by": (answer.served_by or None) if traits.backend_header else None,
        "warnings": [],
    }
    if not refusal:  # protocols differ in how a refusal ends
        facts["finish_reason"] = "tool_calls" if answer.calls else answer.finish
        words = (answer.finish_word, *traits.words_for(answer.finish))
        facts["raw_finish_reason"] = next(filter(None, words), None)
    return facts


def _actual(response: ChatResponse) -> dict[str, object]:
    names = ("text", "reasoning", "refusal", "model", "request_id", "served_by")
    return {
        **{name: getattr(response, name) for name in names},
        "tool_calls": [(call.id, call.name, call.arguments) for call in response.tool_calls],
        "usage": usage_dict(response),
        "warnings": list(response.warnings),
        "finish_reason": response.finish_reason,
        "raw_finish_reason": response.raw_finish_reason,
    }
