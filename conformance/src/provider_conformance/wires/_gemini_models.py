"""Writes the list of models, page by page."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from provider_sdk import ModelInfo

_USUAL_PAGE = 50
_LARGEST_PAGE = 100
_LONGEST_INT32 = 10
_TOKEN = "after:"


def page_of(models: Sequence[ModelInfo], query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the page that a query asks for.

    Raises:
        ValueError: the service would reject the query.
    """
    begin = _place(query.get("pageToken", [""])[0])
    end = begin + _size(query.get("pageSize", ["0"])[0])
    return model_page(models[begin:end], next_page=end if end < len(models) else None)


def model_page(models: Sequence[ModelInfo], next_page: int | None) -> dict[str, Any]:
    """Return a page; like all that is empty, a list without models is left out."""
    page: dict[str, Any] = {"models": [_model(model) for model in models]} if models else {}
    if next_page is not None:
        page["nextPageToken"] = urlsafe_b64encode(f"{_TOKEN}{next_page}".encode()).decode()
    return page


def _size(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) <= _LONGEST_INT32):
        raise ValueError(f"Invalid value at 'page_size' (TYPE_INT32), \"{text[:20]}\"")
    return min(int(text) or _USUAL_PAGE, _LARGEST_PAGE)


def _place(token: str) -> int:
    if not token:
        return 0
    try:
        kind, _, number = urlsafe_b64decode(token).decode().partition(_TOKEN)
        found = int(number) if not kind else -1
    except ValueError:
        found = -1
    if found < 0:
        raise ValueError("Page token is invalid.")
    return found


def _model(model: ModelInfo) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": f"models/{model.id}",
        "version": "001",
        "displayName": f"Model {model.id}",
        "description": f"The model {model.id}.",
    }
    if model.context_window is not None:
        entry["inputTokenLimit"] = model.context_window
    return entry | {
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
        "thinking": True,
    }
