"""Tells whether a body reports an error: services have many envelopes, and fill them on success.

The envelopes are those of OpenAI, Anthropic and Google, of MiniMax (``base_resp``), Baidu
(``error_code``), Alibaba and Z.ai (``code``, ``msg``, ``success``), TGI and FastAPI.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from provider_sdk._patterns import Pattern
from provider_sdk.decoding import list_of_mappings, mapping_or_empty, number_or_none

# Values nested deeper than this are ignored; real ones never are.
MAX_DEPTH = 8

ERROR_TEXTS = ("error_msg", "error_message", "errorMessage", "err_msg", "errmsg", "errMsg")
TEXTS = ("message", "msg", "Message", *ERROR_TEXTS, "status_msg")
ERROR_CODES = ("error_code", "errorCode", "err_code", "errcode", "errCode", "error_type")
CODES = ("code", "Code", *ERROR_CODES)
STATUSES = ("status", "status_code", "statusCode", "http_status", "http_code")
_DETAILS = ("detail", "error_description")
_KINDS = ("type", "object")
_VERDICTS = ("success", "ok", "succeeded")
_ERRORS = frozenset({*ERROR_TEXTS, *ERROR_CODES})
_JUDGING = frozenset({"code", "Code", *STATUSES, *_KINDS})
_TELLING = (*TEXTS, *_DETAILS, *CODES, *STATUSES, *_KINDS, *_VERDICTS)
_OWN_SIGNS = ("error", "errors", "is_error", "isError", "base_resp")
_SIGNS = frozenset((*_TELLING, *_OWN_SIGNS)) - {"object"}
_ANSWERS = ("chat.completion", "chat.completion.chunk")

# What services write in a field for errors when nothing went wrong.
_FINE = Pattern(
    r"(?:the |your )?(?:request|operation|call|query|response)? ?(?:was |is )?"
    r"(?:0+|2\d\d|20000|ok(?:ay)?|success|succe(?:ed|eded|ss?ful|ss?fully)|done|complete[d]?|normal"
    r"|none|null|nil|false|true|undefined|no[ _-]?errors?|n/?a|-"
    r"|(?:\u8bf7\u6c42|\u64cd\u4f5c|\u8c03\u7528)?\u6210\u529f)[.!\u3002]?",
    re.IGNORECASE,
)
_LONGEST_FINE = 40
_LARGE = 10**9
_FAILED = Pattern(r"errors?|exception|fail(?:ed|ure|s)?|fatal|false|[45]\d\d", re.IGNORECASE)
_FAILED_EVENT = Pattern(
    r"(?:error|exception|fail(?:ed|ure)?|fatal|abort(?:ed)?|panic|crash(?:ed)?)s?$", re.IGNORECASE
)


def says_error(error: object, depth: int = MAX_DEPTH) -> bool:
    """Whether a field for an error holds one: many services send it always, empty or "success"."""
    if error is None:
        return False
    if isinstance(error, list):
        return depth > 0 and any(says_error(item, depth - 1) for item in error)
    if not isinstance(error, Mapping):
        return error is True or not is_fine(error)
    told = [value for name in _TELLING if not _is_blank(value := error.get(name))]
    if told:
        return _denies(error) or any(_is_said(value, depth - 1) for value in told)
    return depth > 0 and any(says_error(value, depth - 1) for value in error.values())


def is_error_event(name: str) -> bool:
    """Whether the type of a server-sent event says that its data is an error."""
    return bool(_FAILED_EVENT.search(name))


def is_error_body(body: Any) -> bool:
    """Whether a decoded body or chunk reports an error although its status says success.

    Beside an answer only what cannot mean anything else counts; without one, any message does.
    """
    if isinstance(body, list):
        return bool(body) and is_error_body(body[0])
    if not isinstance(body, Mapping):
        return False
    # Nearly every body says what it is and holds no field that could tell of an error.
    if body.get("object") in _ANSWERS and _SIGNS.isdisjoint(body):
        return False
    if _denies(body) or not all(is_fine(body[name]) for name in _ERRORS & body.keys()):
        return True
    if says_error(body.get("error")) or says_error(body.get("errors")):
        return True
    return _is_refused(body) or (not _adds_something(body) and _has_words_of_error(body))


def first_error(*errors: object) -> object:
    """Return the first field for an error that holds one, else ``None``."""
    return next(filter(says_error, errors), None)


def is_fine(value: object) -> bool:
    """Whether a code or a message says that all is well, or nothing."""
    if value is None:
        return True
    if isinstance(value, Mapping | list):
        return not value
    text = _text_of(value)
    return not text or (len(text) <= _LONGEST_FINE and bool(_FINE.fullmatch(text)))


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str | list | Mapping) and not value)


def _is_said(value: object, depth: int) -> bool:
    nested = isinstance(value, Mapping | list)
    return depth > 0 and says_error(value, depth - 1) if nested else not is_fine(value)


def _text_of(value: object) -> str:
    """Return a code as text; ``"other"``, which never means success, if it is no code."""
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, bool):
        return ""
    number = number_or_none(value)
    return f"{number:.0f}" if number is not None and abs(number) < _LARGE else "other"


def _denies(body: Mapping[str, Any]) -> bool:
    """Whether a verdict, a status or a kind says that it failed."""
    if any(body.get(name) is False or body.get(name) == "false" for name in _VERDICTS):
        return True
    if body.get("is_error") is True or body.get("isError") is True:
        return True
    values = (_text_of(body[name]) for name in _JUDGING & body.keys())
    return any(len(text) <= _LONGEST_FINE and _FAILED.fullmatch(text) for text in values)


def _is_refused(body: Mapping[str, Any]) -> bool:
    """Whether MiniMax's envelope holds an error: its code alone decides, 0 is success."""
    envelope = mapping_or_empty(body.get("base_resp"))
    if not envelope:
        return False
    code = envelope.get("status_code")
    return says_error(envelope) if _is_blank(code) else not is_fine(code)


def _has_words_of_error(body: Mapping[str, Any]) -> bool:
    codes = [value for name in ("code", "Code") if not _is_blank(value := body.get(name))]
    verdicts = [value for name in (*_VERDICTS, *STATUSES) if (value := body.get(name)) is not None]
    if any(value is True or (_text_of(value) and is_fine(value)) for value in (*codes, *verdicts)):
        return False
    texts = [value for name in (*TEXTS, *_DETAILS) if (value := body.get(name))]
    return not all(map(is_fine, texts)) if texts else bool(codes)


def _adds_something(body: Mapping[str, Any]) -> bool:
    """Whether the choices hold a part of an answer, or its end."""
    return any(map(_choice_adds_something, list_of_mappings(body.get("choices"))))


def _choice_adds_something(choice: Mapping[str, Any]) -> bool:
    held = (choice.get("delta"), choice.get("message"))
    if choice.get("text") or choice.get("finish_reason"):
        return True
    fields = (item for holder in held for item in mapping_or_empty(holder).items())
    return any(value for name, value in fields if name != "role")
