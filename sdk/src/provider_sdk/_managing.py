"""Managing the models of a service that runs on somebody's own machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a download is.

    Attributes:
        status: what the service does now, in its own words.
        digest: the file that it loads, ``None`` between files.
        completed: bytes of the file that have arrived, ``None`` if it does not say.
        total: bytes of the file.
    """

    status: str
    digest: str | None = None
    completed: int | None = None
    total: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the progress as plain JSON types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """What a service says of one installed model; ``None`` or empty if it does not say.

    Attributes:
        id: the name to pass as ``model``.
        family: the architecture, such as ``"qwen3"``.
        parameter_size: how large it is, such as ``"8.2B"``.
        quantization: how its weights are stored, such as ``"Q4_K_M"``.
        context_window: tokens that it reads at most.
        capabilities: what it can do, in the service's words.
        parameters: settings that it was installed with, one per line.
        system: the system prompt that it was installed with.
        license: the text of its licence.
        modified_at: when it was last changed on the machine, as ISO 8601.
    """

    id: str
    family: str | None = None
    parameter_size: str | None = None
    quantization: str | None = None
    context_window: int | None = None
    capabilities: Sequence[str] = ()
    parameters: str | None = None
    system: str | None = None
    license: str | None = None
    modified_at: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the details as plain JSON types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A model that a service holds in memory; ``None`` if it does not say.

    Attributes:
        id: the name to pass as ``model``.
        size: bytes of memory that it takes.
        gpu_size: the part of them that is on graphics cards.
        context_window: tokens for which there is memory.
        expires_at: when it will be unloaded if nobody asks it again, as ISO 8601.
    """

    id: str
    size: int | None = None
    gpu_size: int | None = None
    context_window: int | None = None
    expires_at: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as plain JSON types."""
        return asdict(self)


@runtime_checkable
class ManagesModels(Protocol):
    """A provider whose service installs, describes and removes models.

    Any provider may implement it; ``isinstance(provider, ManagesModels)`` says whether one does.
    All of it raises ``ProviderError`` as ``BaseProvider.chat`` does.
    """

    def pull(self, model: str) -> AsyncIterator[PullProgress]:
        """Install a model or its newest version; yield how far that is, until it is complete.

        Raises:
            ProviderModelNotFoundError: there is no such model to install.
            ProviderResponseError: the download ended before it was complete.
        """

    async def show(self, model: str) -> ModelDetails:
        """Return what the service says of an installed model.

        Raises:
            ProviderModelNotFoundError: it is not installed.
        """

    async def ps(self) -> list[RunningModel]:
        """Return the models that are in memory."""

    async def delete(self, model: str) -> None:
        """Remove an installed model.

        Raises:
            ProviderModelNotFoundError: it is not installed.
        """
