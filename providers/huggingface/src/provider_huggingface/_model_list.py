"""Reads the model list of the router.

Source: https://huggingface.co/docs/inference-providers/hub-api
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from provider_sdk import HttpReply, ModelBackend, ModelInfo, ModelPage
from provider_sdk.chat_completions import model_entries
from provider_sdk.decoding import (
    flag_or_none,
    list_of_mappings,
    list_of_texts,
    mapping_or_empty,
    number_or_none,
    text_or_none,
    token_count,
)


def model_page(reply: HttpReply) -> ModelPage:
    """Return the models of a list, which has one page.

    Raises:
        ProviderError: as ``model_entries``.
    """
    return ModelPage([_read_model(entry) for entry in model_entries(reply)])


def _read_model(entry: Mapping[str, Any]) -> ModelInfo:
    """Read one entry of the model list; every field except the id may be missing.

    ``context_window`` is the largest of the live back ends. ``tools`` and ``structured_output`` are
    true if any live back end supports them. Each back end has its prices; the model has them only
    if all live back ends agree.
    """
    backends = [_backend(item) for item in list_of_mappings(entry.get("providers"))]
    live = [backend for backend in backends if backend.status in (None, "live")]
    shape = mapping_or_empty(entry.get("architecture"))
    windows = [b.context_window for b in live if b.context_window is not None]
    return ModelInfo(
        id=str(entry["id"]),
        context_window=max(windows, default=None),
        input_price=_agreed(live, lambda backend: backend.input_price),
        output_price=_agreed(live, lambda backend: backend.output_price),
        input_modalities=tuple(list_of_texts(shape.get("input_modalities"))),
        output_modalities=tuple(list_of_texts(shape.get("output_modalities"))),
        tools=_any(backend.tools for backend in live),
        structured_output=_any(backend.structured_output for backend in live),
        owned_by=text_or_none(entry.get("owned_by")),
        backends=tuple(backends),
    )


def _backend(item: Mapping[str, Any]) -> ModelBackend:
    prices = mapping_or_empty(item.get("pricing"))
    return ModelBackend(
        provider=str(item.get("provider") or "unknown"),
        status=text_or_none(item.get("status")),
        context_window=token_count(item.get("context_length")),
        input_price=number_or_none(prices.get("input")),
        output_price=number_or_none(prices.get("output")),
        tools=flag_or_none(item.get("supports_tools")),
        structured_output=flag_or_none(item.get("supports_structured_output")),
    )


def _any(flags: Iterable[bool | None]) -> bool | None:
    known = [flag for flag in flags if flag is not None]
    return any(known) if known else None


def _agreed(
    backends: Sequence[ModelBackend], price: Callable[[ModelBackend], float | None]
) -> float | None:
    prices = {price(backend) for backend in backends}
    return prices.pop() if len(prices) == 1 else None
