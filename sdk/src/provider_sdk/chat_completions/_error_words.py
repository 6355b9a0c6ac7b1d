"""Recognises an error by its message, if neither its status nor its type says what it is.

The messages are those of OpenAI, the Hugging Face router and TGI, vLLM, SGLang, llama.cpp, LM
Studio, Ollama, Mistral, Groq, Together, Cohere, Cerebras, xAI, Moonshot, Z.ai, DashScope, MiniMax,
Perplexity, Gemini, Bedrock and GitHub Models, as their users reported them.
"""

from __future__ import annotations

import re

from provider_sdk._patterns import Pattern

_QUOTA = Pattern(
    r"insufficient[ _](\w+ )?(balance|credit|fund|quota)"
    r"|(balance|credits?|funds?|quota|allowance|free tier|trial)\b.{0,40}\b(too low|insufficient"
    r"|not enough|exhausted|used up|run out|depleted|ran out|expired|ended)"
    r"|(not enough|no|out of|run out of|ran out of|exhausted|used up|requires more|add more"
    r"|exceeded your \w+ (included )?)\s?(\w+ )?(credits?|balance|funds)\b"
    r"|(negative|zero|empty) (credit )?balance"
    r"|exceeded (your|the) (current|monthly|free|assigned) (\w+ )?(quota|usage limit|allowance)"
    r"|(reached|hit|over|exceeded) (your|the|its) (\w+ ){0,3}(usage|quota|credit)s? ?limits?\b"
    r"|\bkey has (exceeded|reached|used up) (your|the|its) limit"
    r"|usage limits? (is |was |has been )?(reached|exceeded|hit)|(regain access|reset) on \d"
    r"|\bkey('s)? (\w+ )?limit (is |was |has been )?(exceeded|reached)|limit exhausted"
    r"|(add|update) a payment method|(daily|weekly|monthly) (\w+ )?(quota|limit)"
    r"|spend(ing)?[ -](cap|limit)|exceeded ?budget|over (its |the |your )?budget"
    r"|budget (limit )?(has been |is |was )?(exceeded|exhausted|reached)"
    r"|exceeded (your|the|its) ((?!token|thinking|reasoning)[\w\x27]+ ){0,3}(budget|allowance)"
    r"|(out of|exhausted [^.]{0,40}) ?quota\b"
    r"|overdue|past due|unpaid|outstanding (balance|invoice|payment)|account is not active"
    r"|\b(free|plan) (quota|limit) (is |has been )?(exceeded|reached)|quota is (0|zero)\b"
    r"|balance is not (enough|sufficient)"
    r"|account is in good standing|subscription (has |is )?(expired|ended|inactive)|can only afford"
    r"|(billing|credit) (hard )?limit|recharge|top[ -]?up your|payment required|in arrears"
    # Balance, allowance or credits that are not enough, or used up; arrears; "recharge".
    "|(\u4f59\u989d|\u989d\u5ea6|\u914d\u989d|\u79ef\u5206|\u8d44\u6e90\u5305|\u70b9\u6570).{0,6}"
    "(\u4e0d\u8db3|\u4e0d\u591f|\u7528\u5c3d|\u8017\u5c3d|\u7528\u5b8c|\u5931\u8d25)"
    "|\u6b20\u8d39|\u8bf7\u5145\u503c|\u9884\u6263\u8d39\u989d\u5ea6",
    re.IGNORECASE,
)
# A rate limit may also mention quotas and where to buy more, but it says when it ends.
_SOON = Pattern(
    r"rate.?limit|per[ _-]?(second|minute|hour|day)|(tokens|requests) ?/ ?\w|\b[rt]p[msd]\b"
    r"|too many requests|(retry|try again|again) (in|after)|please wait|throttl|requests list",
    re.IGNORECASE,
)
_RATE_LIMIT = Pattern(
    r"rate.?limit|too many (concurrent )?requests|throttl|requests? (\w+ )?limit|\b([rt]pm|qps)\b"
    r"|concurren\w+ (\w+ )?limit|limit on (concurrent )?requests"
    "|\u9891\u7387|\u901f\u7387|\u5e76\u53d1\u6570?(\u8fc7|\u8d85)|\u9650\u6d41",
    re.IGNORECASE,
)
_OVERLOAD = Pattern(
    r"overloaded|(server|service|engine|model) is (too |currently )*busy|at (full )?capacity",
    re.IGNORECASE,
)
# Words after "model" that begin something else: "model output", "model parameter".
_NO_NAME = (
    r"(?!(?:'s )?\W?(output|response|input|param|option|feature|type|format|setting|config|prompt"
    r"|message|file|weights|state|error|version|kwargs|call|provider))"
)
_GONE = (
    r"(not found|does(n't| not) exist|not exist|(is|are) unknown|unknown"
    r"|(is |was |could )?not (be )?(found|recognized|registered|deployed|served|known|offered)"
    r"|(is |are )?(not|isn\x27t|no longer|un)(\s?available|\s?supported)"
    r"(?! (with|when|in\b|for|by this|on this|if|while|together|right now|at the moment|currently))"
    r"|(id |name |identifier )?is (invalid|incorrect|wrong|an invalid)\b"
    r"|(has been|was|is|been)( \w+)? (decommissioned|deprecated|removed|retired|discontinued"
    r"|withdrawn|shut ?down|sunset|deleted|disabled)|(has )?reached its end of life)"
)
_UNKNOWN_MODEL = Pattern(
    r"\b(unknown|invalid|unsupported|unrecognized|no such|nonexistent|non-existent|incorrect"
    rf"|wrong) model\b(?! ?=?\w){_NO_NAME}"
    r"|\b(unknown|invalid|unsupported|unrecognized|incorrect|wrong|no such)"
    r" (model|deployment)[ _](name|id|identifier|code)\b"
    rf"|\b(unknown|invalid|unsupported|no such) model[: ]+['\"`]?{_NO_NAME}[\w./@:-]+['\"`]?\s*"
    r"($|[.,;(])"
    r"|(not|n't|never) (currently )?(an? )?(valid|known|recognized|supported|existing|available)"
    r" model\b(?! (output|response|input))"
    rf"|\bmodels?\b( or endpoint)?( name| id| identifier| with id| with name| named"
    r"| (that )?you requested)?\W{0,3}"
    rf"{_NO_NAME}(\S{{1,200}}\s)?{_GONE}"
    r"|(not found|not find|cannot find|no)( the| any| a)?( matching)? models?\b"
    r"( \S{1,200})? (found|loaded|matches|named)\b"
    r"|\b(cannot|could not|couldn't|can't|unable to|failed to) (find|locate|resolve)( the)? model\b"
    r"|invalid (value for )?[\x27\x22`]?model[\x27\x22`]?:|no endpoints found for"
    r"|not found the model|deployment for this resource does not exist"
    r"|\bmodels/\S+ (is|was) not found"
    # The model does not exist, or no channel serves it.
    "|\u6a21\u578b.{0,60}(\u4e0d\u5b58\u5728|\u65e0\u6548|\u672a\u627e\u5230|\u5df2\u4e0b\u7ebf"
    "|\u65e0\u53ef\u7528\u6e20\u9053)",
    re.IGNORECASE,
)
_TOO_LONG = Pattern(
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
_OUTPUT = (
    r"max(imum)?[ _-]?(completion|new|output|generated|gen)?[ _-]?tokens\b"
    r"|(output|completion|generated|generation|response)[ _-]tokens?\b"
    r"|tokens? (to generate|you requested)"
)
_OTHER_LIMIT = Pattern(
    r"^\W*max(imum)?_?(completion_|new_|output_)?tokens\W+(must|should|value|cannot|has)"
    r"|at most \d+ completion tokens"
    rf"|^\W*((the|your|a|invalid|value|parameter|param|field|requested|specified|of|for) )*\W?"
    rf"({_OUTPUT})[^+&]{{0,40}}(exceed|larger|greater|more|above|higher|over|>"
    r"|too (large|high|big))[^+&]{0,60}\b(output|completion|generat\w+|allowed|supports?)",
    re.IGNORECASE,
)
_LIMIT_OF_OUTPUT = Pattern(_OUTPUT, re.IGNORECASE)
# Who speaks of what is read, too, means the conversation.
_READ = Pattern(
    r"context|prompt|inputs?\b|messages|conversation|sequence|history|model.{0,3} length"
    r"|total (number of )?tokens|tokens in total|token count",
    re.IGNORECASE,
)
_READ_CHARACTERS = 4000


def ends_soon(message: str) -> bool:
    """Whether a message says that a limit is for a while only."""
    return bool(_SOON.search(message[:_READ_CHARACTERS]))


def means_quota(message: str) -> bool:
    """Whether a message says that credits or an allowance are used up; not so for a rate limit."""
    said = message[:_READ_CHARACTERS]
    return bool(_QUOTA.search(said)) and not _SOON.search(said)


def means_rate_limit(message: str) -> bool:
    """Whether a message says that there were too many requests."""
    return bool(_RATE_LIMIT.search(message[:_READ_CHARACTERS]))


def means_overload(message: str) -> bool:
    """Whether a message says that the service is too busy."""
    return bool(_OVERLOAD.search(message[:_READ_CHARACTERS]))


def means_unknown_model(message: str) -> bool:
    """Whether a message says that the model is unknown or not offered."""
    return bool(_UNKNOWN_MODEL.search(message[:_READ_CHARACTERS]))


def means_too_long(message: str) -> bool:
    """Whether a message says that the conversation is longer than the model can read."""
    said = message[:_READ_CHARACTERS]
    if _OTHER_LIMIT.search(said) or _SOON.search(said):
        return False
    if _LIMIT_OF_OUTPUT.search(said) and not _READ.search(said):
        return False
    return bool(_TOO_LONG.search(said))
