"""Translates the finish reasons of many services."""

from __future__ import annotations

from collections.abc import Iterator

from provider_sdk._patterns import Pattern
from provider_sdk._responses import FinishReason

# OpenAI's finish reasons, then those of compatible servers and of the protocols that gateways
# translate: TGI, Together, Mistral, Anthropic, Cohere, Gemini, Z.ai (https://docs.z.ai), DeepSeek,
# watsonx.
_SPELLINGS: dict[FinishReason, str] = {
    "stop": "stop stopped eos eos_token eos_found end ended end_turn endturn end_of_turn"
    " end_of_text endoftext stop_sequence stop_token stop_str stop_string stop_word"
    " complete completed done finish finished normal success no_error normal_termination",
    "length": "length max_tokens max_token max_length max_new_tokens max_output_tokens"
    " max_completion_tokens model_length length_limit output_limit token_limit token_limit_reached"
    " max_tokens_reached limit truncated error_limit context_length context_limit"
    " context_length_exceeded context_window_exceeded model_context_window_exceeded"
    " max_context_length max_model_len context_overflow max_output_reached cut_off incomplete",
    "tool_calls": "tool_calls tool_call tool_use tool_uses tools tool function_call function_calls",
    "content_filter": "content_filter content_filtered content_filtering filter filtered safety"
    " image_safety sensitive recitation blocklist prohibited_content spii moderation moderated"
    " blocked content_blocked prompt_blocked censored guardrail guardrails guardrail_intervened"
    " policy policy_violation content_policy content_policy_violation error_toxic toxic unsafe"
    " safety_filter risk_control",
    "refusal": "refusal refused",
    "other": "other unknown unspecified",
}
_FINISH: dict[str, FinishReason] = {
    word: finish for finish, words in _SPELLINGS.items() for word in words.split()
}
_NOT_ENDED = frozenset({"", "null", "none", "in_progress"})
_BROKEN = Pattern(
    r"error|fail|exception|abort|cancel|interrupt|time_?d?_?out|time_limit|deadline|terminat(ed|ion)"
    r"|connect|socket|network|broken_pipe|gateway|upstream|insufficient_|overload|busy"
    r"|capacity|unavailable|unreachable|unhealthy|(?<!token_)(?<!tokens_)(?<!context_)exhausted"
    r"|rate_?limit|request_?limit|usage_limit|throttl|too_many_requests|quota|credit"
    r"|(?<!token_)(?<!thinking_)(?<!reasoning_)budget|preempt|evict|killed|crash|panic|(?<!de)fault"
    r"|\bdead|_dead|_died|_down\b|shut_?down|shutting|out_of_memory|\boom|_oom|malformed"
    r"|unexpected_tool_call|stalled|hang_?up|hung|dropped|_lost|_reset|_closed|corrupt|(memory|resource)_limit|server_stop|no_response"
    r"|^(internal|closed|reset|lost|broken|kill|dead|down)$"
)
_FILTERED = Pattern(
    r"filter|policy|policies|prohibit|recitation|sensitiv|safety|unsafe|moderat|censor|toxic|harmful"
    r"|guard_?rail|armor|jailbreak|nsfw|copyright|violat|violen|sexual|(\b|_)hate|self_harm|blocklist"
    r"|block(ed|_reason)|spii|\bpii|responsible_ai|risk_control|inappropriate|profan|injection"
    r"|flagged|compliance|harm_|malicious"
)
_CUT = Pattern(
    r"(?<!stop_)(?<!eos_)(?<!end_)(token|length|context|window|output|completion|sequence|generation|size|budget)s?(_\w+)?"
    r"_(limit|limited|exceed(ed|s)?|reach(ed)?|exhausted|overflow|full|max(imum)?)"
    r"|max(imum)?_(\w+_)?(token|length|len|context|output|sequence)"
    r"|(exceed(ed|s)?|reached|over|hit)_(\w+_)?(token|length|context|window|output)|too_(long|many_tokens)|truncat|out_of_(context|tokens?)|maxlen|length_cap"
)
_LONGEST_WORD = 200
_SEPARATORS = Pattern(r"[\s.-]+")
_CAPITAL_INSIDE = Pattern(r"(?<=[a-z])(?=[A-Z])")


def finish_reason(raw: object) -> FinishReason | None:
    """Return the contract's finish reason, ``None`` for none, ``other`` for an unknown one.

    What is not text is no finish reason: servers send ``false`` or ``0`` on every chunk before the
    last.
    """
    if not isinstance(raw, str):
        return None  # no service is known that has a reason and does not say it in text
    if (found := _FINISH.get(raw)) is not None:
        return found
    words = list(_spellings(raw))
    if words[0] in _NOT_ENDED:
        return None
    if (known := next((_FINISH[word] for word in words if word in _FINISH), None)) is not None:
        return known
    if any(map(_BROKEN.search, words)):
        return "other"
    if any(map(_FILTERED.search, words)):
        return "content_filter"
    return "length" if any(map(_CUT.search, words)) else "other"


def is_broken_end(raw: object) -> bool:
    """Whether a finish reason says that the service failed before the answer was complete."""
    if not isinstance(raw, str) or raw in _FINISH:
        return False
    words = list(_spellings(raw))
    return not any(word in _FINISH for word in words) and any(map(_BROKEN.search, words))


def broken_end(raw: object) -> str:
    """Return the sentence for an error with such a finish reason."""
    return f"the service ended its answer with the finish reason {str(raw)[:80]!r}"


def _spellings(raw: str) -> Iterator[str]:
    """Yield how the table may spell it: ``MAX-TOKENS``, ``maxTokens``, ``FINISH_REASON_STOP``.

    Gemini's compatible service adds a detail: ``content_filter: RECITATION``.
    """
    raw = raw[:_LONGEST_WORD]
    for text in (raw, _CAPITAL_INSIDE.sub("_", raw), raw.partition(":")[0]):
        word = _SEPARATORS.sub("_", text.strip()).lower()
        yield word.removeprefix("finish_reason_")
