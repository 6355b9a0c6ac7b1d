"""Models of the router: parsing ids, reading the list, and suggesting ids for a wrong one.

Source: https://huggingface.co/docs/inference-providers/hub-api
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from provider_sdk import ModelBackend, ModelInfo
from provider_sdk.decoding import (
    flag_or_none,
    list_of_mappings,
    list_of_texts,
    mapping_or_empty,
    number_or_none,
    text_or_none,
    token_count,
)

KNOWN_MODELS: tuple[str, ...] = (
    "Qwen/Qwen3-235B-A22B-Instruct-2507",
    "Qwen/Qwen3-Coder-480B-A35B-Instruct",
    "deepseek-ai/DeepSeek-V3.1",
    "meta-llama/Llama-3.3-70B-Instruct",
    "moonshotai/Kimi-K2-Instruct-0905",
    "openai/gpt-oss-120b",
    "openai/gpt-oss-20b",
    "zai-org/GLM-4.6",
    "zai-org/GLM-4.7-Flash",
)
"""What ``list_models`` returns if the router has no model list (HTTP 404): chat models that
Inference Providers have served. A call may still fail, because a model may have been withdrawn."""

_MOST_SUGGESTIONS = 3


class ModelId(NamedTuple):
    """A model id, split into the model and who should serve it.

    Attributes:
        repo: the model on the Hub, ``org/name``.
        suffix: a back end (``"groq"``), a policy (``"fastest"``, ``"cheapest"``, ``"preferred"``),
            or ``None`` for the router's own choice. It is sent as it is and not checked, because
            the router knows back ends that this code does not.
    """

    repo: str
    suffix: str | None

    @classmethod
    def parse(cls, model: str) -> Self:
        """Split an id at the last colon after the slash; an organisation may contain a colon."""
        org, slash, name = model.rpartition("/")
        repo, colon, suffix = name.rpartition(":")
        if not slash or not colon or not repo:
            return cls(model, None)
        return cls(f"{org}/{repo}", suffix or None)


def close_ids(model: str, known: Sequence[str]) -> list[str]:
    """Return up to three similar known ids, best first.

    Only the name counts, not the organisation, the case or the suffix.
    """
    wanted = _bare(model)
    by_name: dict[str, str] = {}
    for id in known:
        by_name.setdefault(_bare(id), id)
    return [
        by_name[name] for name in difflib.get_close_matches(wanted, by_name, _MOST_SUGGESTIONS, 0.5)
    ]


def _bare(model: str) -> str:
    return ModelId.parse(model).repo.rpartition("/")[2].lower()


def read_model(entry: Mapping[str, Any]) -> ModelInfo:
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
