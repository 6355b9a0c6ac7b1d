"""The fields of the contract's types, read from the types themselves."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from provider_sdk import (
    ChatChunk,
    ChatOptions,
    ChatResponse,
    Health,
    Message,
    ModelBackend,
    ModelInfo,
    ProviderError,
    ToolCall,
    ToolCallDelta,
    Usage,
)

_TYPES: Sequence[Any] = (
    Message,
    ToolCall,
    ChatOptions,
    ChatResponse,
    ChatChunk,
    ToolCallDelta,
    Usage,
    ProviderError,
    ModelInfo,
    ModelBackend,
    Health,
)
# Shapes of the contract that are plain dicts, and the argument of ``chat`` that is no option.
_SHAPES = {
    "chat": ("model",),
    "Part": ("type", "text", "image_url.url", "image_url.detail"),
    "Tool": ("type", "name", "description", "parameters", "strict"),
}


def contract_fields() -> list[str]:
    """Return every field as ``Type.field``, in the order of the types."""
    found = [f"{kind.__name__}.{name}" for kind in _TYPES for name in _fields_of(kind)]
    return found + [f"{shape}.{name}" for shape, names in _SHAPES.items() for name in names]


def _fields_of(kind: Any) -> list[str]:
    if is_dataclass(kind):
        return [field.name for field in fields(kind)]
    if issubclass(kind, Exception):
        return [*list(inspect.signature(kind.__init__).parameters)[1:], "partial"]
    return list(kind.__annotations__)
