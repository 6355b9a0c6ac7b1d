"""Fits a call to the service that gets it: OpenAI's own wants what others do not know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

from provider_sdk import ChatCall, ChatOptions

from provider_openai._chat_models import LIMITS, limit_of

_OWN_HOST = "api.openai.com"


def is_own(base_url: str) -> bool:
    """Whether an address is OpenAI's, those of its regions included."""
    host = urlsplit(base_url).hostname or ""
    return host == _OWN_HOST or host.endswith(f".{_OWN_HOST}")


def fitted(call: ChatCall, *, own: bool) -> ChatCall:
    """Return the call with the fields that the service wants.

    A field of the caller's ``extra_body`` replaces the one made here.

    Args:
        call: the call.
        own: whether the service is OpenAI's own.
    """
    options: dict[str, Any] = dict(call.options)
    extra: Mapping[str, Any] = options.get("extra_body") or {}
    fields: dict[str, Any] = {}
    if "max_tokens" in options:
        limit = options.pop("max_tokens")
        if not extra.keys() & set(LIMITS):
            fields[limit_field(call, own=own)] = limit
    if call.stream and own and not call.learned.get("padded"):
        usage = {"include_usage": True} if call.include_usage else {}
        fields["stream_options"] = {**usage, "include_obfuscation": False}
    if not fields and options.keys() == call.options.keys():
        return call
    options["extra_body"] = {**fields, **extra}
    return replace(call, options=cast("ChatOptions", options))


def limit_field(call: ChatCall, *, own: bool) -> str:
    """Return the field in which the limit of the answer is sent.

    Other services know the older name, unless they reject it.
    """
    learned: str | None = call.learned.get("limit")
    return learned or (limit_of(call.model) if own else LIMITS[0])


def without(call: ChatCall, names: Iterable[str]) -> ChatCall:
    """Return the call without options that its model does not accept, and with notes of them."""
    dropped = sorted(call.options.keys() & set(names))
    if not dropped:
        return call
    kept = {name: value for name, value in call.options.items() if name not in dropped}
    notes = (f"{name} was dropped: {call.model} does not accept it" for name in dropped)
    return replace(call, options=cast("ChatOptions", kept), notes=(*call.notes, *notes))
