"""Reads the model list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk._dialect import HttpReply
from provider_sdk._errors import ProviderResponseError
from provider_sdk._models import ModelInfo, ModelPage
from provider_sdk.chat_completions._error_classes import error_class
from provider_sdk.chat_completions._error_signs import says_error
from provider_sdk.chat_completions._errors import read_error_body
from provider_sdk.decoding import json_reply, text_or_none


def model_entries(reply: HttpReply) -> list[Mapping[str, Any]]:
    """Return the entries of a model list that have an id.

    Raises:
        ProviderResponseError: the body is not a model list.
        ProviderError: it reports an error despite its status.
    """
    body = json_reply(reply)
    if isinstance(body, Mapping) and says_error(body.get("error")):
        found = read_error_body(body)
        raise error_class(None, found)(found.message or "the service reports an error")
    entries = body.get("data") if isinstance(body, Mapping) else body
    if entries is None and isinstance(body, Mapping) and body.get("object") == "list":
        return []  # how servers in Go write an empty list
    if not isinstance(entries, list):
        raise ProviderResponseError("the answer is not a model list: it holds no data")
    named = [entry for entry in entries if isinstance(entry, Mapping) and entry.get("id")]
    if entries and not named:
        raise ProviderResponseError("the answer is not a model list: no entry has an id")
    return named


def model_page(reply: HttpReply) -> ModelPage:
    """Return the models of a list, which has one page.

    Raises:
        ProviderError: as ``model_entries``.
    """
    return ModelPage([_read_model(entry) for entry in model_entries(reply)])


def _read_model(entry: Mapping[str, Any]) -> ModelInfo:
    return ModelInfo(str(entry["id"]), owned_by=text_or_none(entry.get("owned_by")))
