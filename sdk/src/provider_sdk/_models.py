"""What a service says of its models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelBackend:
    """One back end that a service can send a model's calls to; ``None`` if it does not say.

    Attributes:
        provider: the back end's name.
        status: whether it is in use, in the service's own word.
        context_window: tokens that it reads at most.
        input_price: USD per million tokens read.
        output_price: USD per million tokens written.
        tools: whether it can call tools.
        structured_output: whether its output can follow a JSON schema.
    """

    provider: str
    status: str | None = None
    context_window: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    tools: bool | None = None
    structured_output: bool | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the service itself says of a model; ``None`` or empty if it does not say.

    Attributes:
        id: the name to pass as ``model``.
        context_window: tokens that it reads at most.
        input_price: USD per million tokens read.
        output_price: USD per million tokens written.
        input_modalities: such as ``("text", "image")``.
        output_modalities: such as ``("text",)``.
        tools: whether it can call tools.
        structured_output: whether its output can follow a JSON schema.
        owned_by: who published it.
        backends: the back ends that the service can send it to.
    """

    id: str
    context_window: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    input_modalities: Sequence[str] = ()
    output_modalities: Sequence[str] = ()
    tools: bool | None = None
    structured_output: bool | None = None
    owned_by: str | None = None
    backends: Sequence[ModelBackend] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the description as plain JSON types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ModelPage:
    """One page of a model list.

    Attributes:
        models: the models on this page.
        cursor: what ``models_request`` needs for the next page; ``None`` if this is the last.
    """

    models: Sequence[ModelInfo]
    cursor: str | None = None
