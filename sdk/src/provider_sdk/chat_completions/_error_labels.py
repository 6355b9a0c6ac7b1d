"""Recognises an error by its type, code or status, however a service spells it.

``ModelNotFound``, ``model_not_found`` and ``model-not-found-error`` are the same label.
"""

from __future__ import annotations

from collections.abc import Iterable

from provider_sdk._errors import (
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from provider_sdk._patterns import Pattern
from provider_sdk.chat_completions._error_words import ends_soon

_SEPARATORS = Pattern(r"[\W_]+")
_LONGEST_LABEL = 200

_RATE = Pattern("throttl|rate(limit|quota)|toomanyrequests|requestlimit")
# https://platform.openai.com/docs/guides/error-codes, and the spend limits of its client library;
# DashScope, LiteLLM, Moonshot, OpenRouter, Volcengine, Z.ai (1113) and ZenMux.
_QUOTA = Pattern(
    "insufficient(account|user|token)?(balance|credit|fund|quota)|outof(credit|quota|fund|balance)"
    "|(balance|credit|fund)s?(balance)?(exhausted|exceeded|depleted|insufficient|notenough|toolow)"
    "|nocredit|(quota|allowance|budget)s?(exhausted|depleted|insufficient|notenough|usedup)"
    "|budget(exceeded|limit)|creditlimit|usagenotincluded|(exceeded|over)(current)?(budget|quota)|currentquota|spend(ing)?limit"
    "|(organization|project|account|key)usagelimit|usagelimit(exceeded|reached)"
    "|billing|payment(required|overdue)|overdue|arrear|freetieronly|freetierexhausted|^1113$"
)
# A limit on requests for a while may be called so too; its message says when it ends.
_UNSURE_QUOTA = Pattern("quot[ae](limit)?(exceeded|reached)")
_UNKNOWN_MODEL = Pattern(
    "(unknown|invalid|unsupported|unrecognized|nosuch|wrong|missing|nonexistent)(model|deployment)"
    "(name|id|identifier|error)?$"
    "|(model|deployment)(name|id)?(is|was|has|does)?(been)?(not(found|exists?|supported|available"
    "|allowed|deployed)|unsupported|unknown|invalid|decommissioned|deprecated|retired|removed"
    "|discontinued|withdrawn|disabled|offline|gone)|^1211$|^20012$"
)
_CREDENTIAL = Pattern(
    "(invalid|incorrect|wrong|missing|expired)(api|access)?(key|token)$|^authenticationerror$"
    "|^invalid(authentication|apikey)"
)
_OVERLOADED = Pattern("overload|serverbusy|enginebusy|atcapacity|nocapacity")
_TOO_LONG = Pattern(
    "contextlengthexceed|exceedcontextsize|context(window|limit|size|length)(is)?(exceed|overflow)"
    "|(context|prompt|input)(is)?toolong|maxcontextlength|^tokenslimitreached$"
)
# In this order: the first that fits decides. Google's are those of gRPC.
_CLASSES: tuple[tuple[Pattern, type[ProviderError]], ...] = (
    (Pattern(f"{_RATE.pattern}|^resourceexhausted$|^130[23]$"), ProviderRateLimitError),
    (Pattern("^authentication|^unauth(enticated|orized)|^accesstoken"), ProviderAuthError),
    (Pattern("permission|forbidden|accessdenied"), ProviderPermissionError),
    (Pattern("timeout|timedout|deadlineexceeded"), ProviderTimeoutError),
    (Pattern("^(service|server|engine|model)?unavailable"), ProviderOverloadedError),
    (Pattern("^notfound"), ProviderModelNotFoundError),
    (
        Pattern("(server|internal|api|engine|upstream)(server)?error$|^internal"),
        ProviderUnavailableError,
    ),
    (
        Pattern("^(invalid|bad)(request|argument|param)|^validation|^failedprecondition"),
        ProviderRequestError,
    ),
)


def is_quota_label(labels: Iterable[str], message: str) -> bool:
    """Whether a label says that credits or an allowance are used up."""
    found = [label for label in _squeezed(labels) if not _RATE.search(label)]
    if any(map(_QUOTA.search, found)):
        return True
    return any(map(_UNSURE_QUOTA.search, found)) and not ends_soon(message)


def is_model_label(labels: Iterable[str]) -> bool:
    """Whether a label says that the model is unknown or not offered."""
    return any(map(_UNKNOWN_MODEL.search, _squeezed(labels)))


def is_credential_label(labels: Iterable[str]) -> bool:
    """Whether a label says that the credential is rejected."""
    return any(map(_CREDENTIAL.search, _squeezed(labels)))


def is_overload_label(labels: Iterable[str]) -> bool:
    """Whether a label says that the service is too busy."""
    return any(map(_OVERLOADED.search, _squeezed(labels)))


def is_too_long_label(labels: Iterable[str]) -> bool:
    """Whether a label says that the conversation is longer than the model can read."""
    return any(map(_TOO_LONG.search, _squeezed(labels)))


def class_of_labels(labels: Iterable[str]) -> type[ProviderError] | None:
    """Return the class of the label that says most, ``None`` if none is known."""
    found = _squeezed(labels)
    return next((kind for words, kind in _CLASSES if any(map(words.search, found))), None)


def _squeezed(labels: Iterable[str]) -> list[str]:
    return [_SEPARATORS.sub("", label[:_LONGEST_LABEL]).lower() for label in labels]
