"""The contract that every provider keeps."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, ClassVar, Literal, Self, Unpack, overload

from provider_sdk._capabilities import Capability
from provider_sdk._errors import ProviderError
from provider_sdk._messages import Messages
from provider_sdk._options import ChatOptions
from provider_sdk._responses import ChatResponse, Health, ModelInfo
from provider_sdk._stream import ChatStream

CredentialRule = Literal["required", "optional", "none"]


class BaseProvider(ABC):
    """A language model service behind four coroutines.

    Authors rarely subclass this: a service that speaks OpenAI's protocol needs the class
    attributes of ``OpenAICompatibleProvider``, another HTTP service a dialect and
    ``HttpProvider``. An adapter over a foreign client subclasses it directly.

    Class attributes:
        name: the name in registries and errors, such as ``"hf"``.
        credential: whether a credential is ``"required"``, ``"optional"`` or ``"none"``.
        capabilities: what it can do; a call for anything else is refused with
            ``UnsupportedCapabilityError`` before a request leaves.
    """

    name: ClassVar[str]
    credential: ClassVar[CredentialRule] = "required"
    capabilities: ClassVar[frozenset[Capability]] = frozenset()
    default_model: str = ""
    api_key_env: ClassVar[tuple[str, ...]] = ()
    base_url_env: ClassVar[str | None] = None

    @overload
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: Literal[False] = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse: ...
    @overload
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        *,
        stream: Literal[True],
        **options: Unpack[ChatOptions],
    ) -> ChatStream: ...
    @overload
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | ChatStream: ...
    @abstractmethod
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | ChatStream:
        """Answer a conversation.

        With ``stream=True`` it returns once the first event is here; every error before that is
        raised by the call. The messages are never changed.

        Args:
            messages: OpenAI-shaped dicts or ``Message`` objects.
            model: the model to ask; ``None`` for the provider's default.
            stream: whether to get the answer piece by piece.
            options: see ``ChatOptions``.

        Raises:
            TypeError: an option is unknown.
            ProviderAuthError: the credential is rejected, or (``ProviderPermissionError``) does
                not permit the call.
            ProviderRateLimitError: too many requests.
            ProviderQuotaError: the allowance is used up.
            ProviderModelNotFoundError: no such model.
            ProviderRequestError: the request is rejected; ``ContextLengthError`` if too long,
                ``UnsupportedCapabilityError`` if the provider cannot do it.
            ProviderUnavailableError: not reachable or failing; ``ProviderTimeoutError``,
                ``ProviderOverloadedError``.
            ProviderResponseError: the answer is broken.
        """

    @abstractmethod
    async def complete(
        self, prompt: str, model: str | None = None, **options: Unpack[ChatOptions]
    ) -> str:
        """Answer a single prompt with text.

        Raises:
            TypeError, ProviderError: as ``chat``.
        """

    @abstractmethod
    async def health_check(self) -> bool:
        """Whether the service accepted this credential just now.

        ``False`` for a rejected credential, a failing service, garbage or a timeout; never an
        exception, never a billable call. Without credentials by nature: whether it answers.
        """

    @abstractmethod
    async def list_models(self) -> list[str]:
        """Return the ids of all models, each once; never ``[]`` for a failure.

        Raises:
            ProviderError: as ``chat``.
        """

    async def describe_models(self) -> list[ModelInfo]:
        """Return what the service says of its models.

        Raises:
            ProviderError: as ``chat``.
        """
        return [ModelInfo(id) for id in await self.list_models()]

    @classmethod
    async def probe(cls, **config: Any) -> Health:
        """Build a provider, check its health and close it; never raises.

        Args:
            config: what the constructor takes.
        """
        start = time.monotonic()
        failure: Exception | None = None
        try:
            async with cls(**config) as provider:
                if not await provider.health_check():
                    failure = provider._health_failure()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is the reason
            failure = error
        reason = "" if failure is None else str(failure) or type(failure).__name__
        return Health(failure is None, reason, time.monotonic() - start, failure)

    def _health_failure(self) -> ProviderError:
        return ProviderError("the service did not accept the health check", provider=self.name)

    async def aclose(self) -> None:  # noqa: B027 - a provider without connections has nothing to do
        """Let go of connections; afterwards every call raises ``ProviderError``."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
