"""Recognises an error by its message, if neither its status nor its type says what it is.

The messages are those of OpenAI, the Hugging Face router and TGI, vLLM, SGLang, llama.cpp, LM
Studio, Ollama, Mistral, Groq, Together, Cohere, Cerebras, xAI, Moonshot, Z.ai, DashScope, MiniMax,
Perplexity, Gemini, Bedrock and GitHub Models, as their users reported them.
"""

from __future__ import annotations

import re

# https://platform.openai.com/docs/guides/error-codes, and the spend limits of its client library.
QUOTA_LABELS = frozenset(
    {
        *("insufficient_quota", "billing_hard_limit_reached", "credit_balance_exhausted"),
        *("organization_spend_limit_exceeded", "project_spend_limit_exceeded"),
        *("organization_usage_limit_exceeded", "exceeded_current_quota_error"),
        *("insufficient_balance", "insufficient_credits", "insufficient_funds"),
        *("insufficient_user_quota", "billing_error", "billing_not_active", "payment_required"),
        *("out_of_credits", "credits_exhausted", "arrearage", "1113"),
    }
)
TOO_LONG_LABELS = frozenset(
    {
        *("context_length_exceeded", "exceed_context_size_error", "context_window_exceeded"),
        *("context_too_long", "max_context_length_exceeded", "prompt_too_long", "input_too_long"),
        *("tokens_limit_reached", "model_context_window_exceeded"),
    }
)

_QUOTA = re.compile(
    r"insufficient[ _](\w+ )?(balance|credit|fund|quota)"
    r"|(balance|credits?|funds?|quota)\b.{0,30}\b(too low|insufficient|not enough|exhausted"
    r"|used up|run out|depleted|ran out)"
    r"|(not enough|no|out of|run out of|ran out of|exhausted|used up|requires more|add more"
    r"|exceeded your \w+ (included )?)\s?(\w+ )?(credits?|balance|funds)\b"
    r"|(negative|zero|empty) (credit )?balance"
    r"|exceeded (your|the) (current|monthly|free|assigned) (\w+ )?(quota|usage limit|allowance)"
    r"|(reached|hit|over) (your|the|its) (\w+ )?(usage|quota) ?limit|usage limit (is )?reached"
    r"|(add|update) a payment method|(daily|monthly|weekly) quota"
    r"|spend(ing)?[ -](cap|limit)|budget has been exceeded|exceeded (your|the|its) \w* ?budget"
    r"|(billing|credit) (hard )?limit|recharge|top[ -]?up your|payment required|in arrears"
    r"|\u4f59\u989d\u4e0d\u8db3|\u6b20\u8d39",
    re.IGNORECASE,
)
# A rate limit may also mention quotas and where to buy more, but it says when it ends.
_RATE = re.compile(
    r"rate.?limit|per[ _-]?(second|minute|hour|day)|(tokens|requests) ?/ ?\w|\b[rt]p[msd]\b"
    r"|too many requests|(retry|try again|again) (in|after)|please wait|throttl|requests list",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(
    r"max(imum)?[ _](context|prompt|input|sequence|model)([ _]\w+)?[ _](length|tokens|size)"
    r"|max(imum)? (context|prompt|input|sequence) (length|tokens|size)|max_model_len|max_seq_len"
    r"|context[ _-]?(length|window|size|limit)|exceeds? max(imum)? length"
    r"|(prompt|inputs?|messages?|conversation|text|content)\W{0,2} (\w+ ){0,4}too (long|large)\b"
    r"|too large for model|range of input length"
    r"|reduce (the length|your prompt|the (number of )?(input|prompt|messages|tokens))"
    r"|tokens.{0,40}must be <=|must (have|be|contain) (less|fewer|shorter) than \d+ (input )?tokens"
    r"|too many (input |prompt )?tokens\b(?!.{0,20}wait)"
    r"|tokens?\b.{0,60}\b(exceeds?|exceeded|exceeding|cannot exceed|greater than|longer than)\b"
    r".{0,60}(max|limit|allowed|\d)"
    r"|(exceed(s|ed|ing)?|over)\b.{0,40}\b(token limit|tokens? allowed|limit of \d+ tokens)"
    r"|input length \d+ exceeds|context the overflows|input_tokens_exceeded"
    r"|request body too large for \S+ model",
    re.IGNORECASE | re.DOTALL,
)
_OTHER_LIMIT = re.compile(
    r"^\W*max(imum)?_?(completion_|new_|output_)?tokens\W+(must|should|value|cannot|has)"
    r"|at most \d+ completion tokens",
    re.IGNORECASE,
)
_READ_CHARACTERS = 4000


def means_quota(message: str) -> bool:
    """Whether a message says that credits or an allowance are used up; not so for a rate limit."""
    said = message[:_READ_CHARACTERS]
    return bool(_QUOTA.search(said)) and not _RATE.search(said)


def means_too_long(message: str) -> bool:
    """Whether a message says that the conversation is longer than the model can read."""
    said = message[:_READ_CHARACTERS]
    other = _OTHER_LIMIT.search(said) or _RATE.search(said)
    return bool(_TOO_LONG.search(said)) and not other
