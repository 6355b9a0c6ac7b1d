"""Right providers that are built otherwise: by delegation, late, as data, or by a function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from provider_sdk import BaseProvider, ChatResponse, ChatStream, ModelInfo

from provider_conformance.zoo._right import right
from provider_conformance.zoo.reference import ReferenceProvider
from provider_conformance.zoo.right._own_streams import OwnStream, WithOwnStreams


class _Delegating(BaseProvider):
    """Has another provider do everything."""

    name = ReferenceProvider.name
    api_key_env = ReferenceProvider.api_key_env
    base_url_env = ReferenceProvider.base_url_env
    capabilities = ReferenceProvider.capabilities
    default_model = ReferenceProvider.default_model

    @property
    def _inner(self) -> BaseProvider:
        raise NotImplementedError

    async def chat(  # type: ignore[override]
        self, messages: Any, model: str | None = None, stream: bool = False, **options: Any
    ) -> ChatResponse | ChatStream:
        """Answer through the other provider."""
        return await self._inner.chat(messages, model, stream, **options)

    async def complete(self, prompt: str, model: str | None = None, **options: Any) -> str:
        """Answer through the other provider."""
        return await self._inner.complete(prompt, model, **options)

    async def health_check(self) -> bool:
        """Ask the other provider."""
        healthy = await self._inner.health_check()
        self.health_error = self._inner.health_error
        return healthy

    async def list_models(self) -> list[str]:
        """Ask the other provider."""
        return await self._inner.list_models()

    async def describe_models(self) -> list[ModelInfo]:
        """Ask the other provider."""
        return await self._inner.describe_models()

    async def aclose(self) -> None:
        """Close the other provider."""
        await self._inner.aclose()


@right()
class Delegates(_Delegating):
    """Subclasses nothing but BaseProvider, and delegates every call to another provider."""

    def __init__(self, **config: Any) -> None:
        self._other = ReferenceProvider(**config)
        self.default_model = self._other.default_model

    @property
    def _inner(self) -> BaseProvider:
        return self._other


@right()
class NamesModelsOnly(Delegates):
    """Says nothing of a model but its id, as BaseProvider does for every class."""

    describe_models = BaseProvider.describe_models


@right()
@dataclass(kw_only=True)
class DataProvider(_Delegating):
    """Is a data class whose fields are the arguments, and builds its client in __post_init__."""

    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = field(default=None, repr=False)
    default_model: str | None = None  # type: ignore[assignment]
    timeout: float = 120.0
    max_retries: int = 2
    http_client: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        arguments = {f.name: getattr(self, f.name) for f in fields(self)}
        self._other = ReferenceProvider(**arguments)
        self.default_model = self._other.default_model

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a provider holds connections and cannot be pickled")

    @property
    def _inner(self) -> BaseProvider:
        return self._other


@right()
class BuildsLate(ReferenceProvider):
    """Makes nothing but notes in its constructor, and builds its client in the first call."""

    _late: ReferenceProvider | None = None

    def __init__(self, **config: Any) -> None:
        self._config = config
        super().__init__(**config)

    async def open(self, request: Any) -> Any:
        """Send a request through a provider that is built here."""
        if self._late is None:
            self._late = ReferenceProvider(**self._config)
        return await self._late.open(request)

    async def aclose(self) -> None:
        """Close both."""
        await super().aclose()
        if self._late is not None:
            await self._late.aclose()


@right()
def built_by_a_function(**config: Any) -> BaseProvider:
    """Is a function that makes a provider, and has the attributes of its class."""
    return ReferenceProvider(**config)


for _name in ("name", "credential", "api_key_env", "base_url_env", "capabilities", "default_model"):
    setattr(built_by_a_function, _name, getattr(ReferenceProvider, _name))
built_by_a_function.probe = ReferenceProvider.probe  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, kw_only=True)
class _NotedResponse(ChatResponse):
    notes: Mapping[str, Any] = field(default_factory=dict)


def _noted(response: ChatResponse) -> ChatResponse:
    values = {f.name: getattr(response, f.name) for f in fields(ChatResponse)}
    values["tool_calls"] = list(response.tool_calls)
    values["warnings"] = list(response.warnings)
    return _NotedResponse(**values, notes={"by": "an own subclass"})


class _NotedStream(OwnStream):
    __slots__ = ()

    @property
    def response(self) -> ChatResponse:
        return _noted(super().response)


@right()
class OwnResponses(WithOwnStreams):
    """Returns responses of a subclass, a new one at each look, with lists in place of tuples."""

    streams = _NotedStream

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Return a response of the subclass."""
        return _noted(response)
