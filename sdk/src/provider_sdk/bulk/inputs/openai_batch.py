"""Reads requests in the form of OpenAI's batch service, which ``vllm run-batch`` reads too.

One line is ``{"custom_id", "method": "POST", "url": "/v1/chat/completions", "body": {"model",
"messages", …}}``; see https://platform.openai.com/docs/api-reference/batch/request-input.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk._options import OPTION_NAMES
from provider_sdk.bulk.templates import RowProblem, missing_column

CHAT_URL = "/v1/chat/completions"
"""The one service whose requests can be asked."""
# These are arguments of client libraries, and no fields of the service.
_NO_FIELDS = frozenset({"timeout", "extra_headers", "extra_body"})
_OPTIONS = OPTION_NAMES - _NO_FIELDS
_READ_APART = frozenset({"model", "messages", "stream", "stream_options", "n"})


def is_batch_line(values: object) -> bool:
    """Whether a decoded line is in the form of OpenAI's batch service."""
    return isinstance(values, dict) and "custom_id" in values and "body" in values


def request_of_body(values: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Return the body of a line, and the chat options in it.

    The role ``developer`` becomes ``system``, its name with all other services. Fields of the body
    that are not chat options become ``extra_body``, and so are sent as they are.
    ``max_completion_tokens`` is ``max_tokens``, unless that is there too. Fields that are null
    count as absent, and so do ``stream: false`` and ``n: 1``.

    Raises:
        RowProblem: it is no request for a chat answer, or asks for a stream or several answers.
    """
    method, url, body = (
        values.get("method", "POST"),
        values.get("url", CHAT_URL),
        values.get("body"),
    )
    if method != "POST":
        raise RowProblem(f"the method must be 'POST', not {method!r}")
    if url != CHAT_URL:
        raise RowProblem(f"only requests to {CHAT_URL!r} can be asked, not to {url!r}")
    if not isinstance(body, dict):
        raise RowProblem("the body must be an object")
    if "messages" not in body:
        raise RowProblem(f"in the body {missing_column('messages', body)}")
    if body.get("stream"):
        raise RowProblem("the body asks for a stream; leave 'stream' out")
    if body.get("n") not in (None, 1):
        raise RowProblem("the body asks for several answers; leave 'n' out")
    return {**body, "messages": _without_developers(body["messages"])}, _options_in(body)


def _without_developers(messages: Any) -> Any:
    if not isinstance(messages, list):
        return messages
    return [
        {**message, "role": "system"}
        if isinstance(message, dict) and message.get("role") == "developer"
        else message
        for message in messages
    ]


def _options_in(body: Mapping[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in body.items():
        if value is None or name in _READ_APART:
            continue
        if name in _OPTIONS:
            options[name] = value
        elif name == "max_completion_tokens" and body.get("max_tokens") is None:
            options["max_tokens"] = value
        else:
            extra[name] = value
    if extra:
        options["extra_body"] = extra
    return options
