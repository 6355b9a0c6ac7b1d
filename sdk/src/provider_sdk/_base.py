"""The contract that every provider follows."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, Unpack, overload

from provider_sdk._capabilities import Capability
from provider_sdk._errors import ProviderError
from provider_sdk._messages import Messages
from provider_sdk._options import ChatOptions
from provider_sdk._responses import ChatResponse
from provider_sdk._stream import ChatStream

if TYPE_CHECKING:
    from provider_sdk._health import Health
    from provider_sdk._models import ModelInfo

CredentialRule = Literal["required", "optional", "none"]
"""Whether a provider needs a credential.

Without a ``"required"`` one it cannot be built. An ``"optional"`` one is sent if there is one. A
provider with ``"none"`` looks for none.
"""


class BaseProvider(ABC):
    """A language model service, called through four coroutines.

    Authors rarely subclass this: a service that speaks OpenAI's protocol needs the class
    attributes of ``OpenAICompatibleProvider``, another HTTP service a dialect and
    ``HttpProvider``, and an adapter over a foreign client ``PreparedProvider``.

    A subclass sets the attributes that it needs; only ``name`` has no default.
    """

    name: ClassVar[str]
    """The name in registries and errors, such as ``"hf"``."""
    credential: ClassVar[CredentialRule] = "required"
    """Whether the service needs a credential."""
    api_key_env: ClassVar[tuple[str, ...]] = ()
    """The environment variables that may hold the credential; the first that is set counts."""
    base_url_env: ClassVar[str | None] = None
    """The environment variable that overrides the address of the service."""
    capabilities: ClassVar[frozenset[Capability]] = frozenset()
    """What the provider can do.

    A call that needs anything else raises ``UnsupportedCapabilityError`` before a request is sent.
    """
    default_model: str = ""
    """The model for calls that name none; ``""`` if there is no default.

    The constructor may replace the class's.
    """
    local: ClassVar[bool] = False
    """Whether the service usually runs on the user's own machines."""
    health_error: ProviderError | None = None
    """Why the last ``health_check`` returned ``False``; ``probe`` reports it.

    ``None`` if it returned ``True``, or if the provider does not say why.
    """

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

        With ``stream=True`` it returns once the first event has arrived; every error before that
        is raised by the call. The messages are never changed.

        Args:
            messages: OpenAI-shaped dicts or ``Message`` objects.
            model: the model to ask; ``None`` for the provider's default.
            stream: whether to get the answer piece by piece.
            options: see ``ChatOptions``.

        Raises:
            TypeError: an option, or a key of a message, is unknown.
            ProviderAuthError: the credential is rejected, or (``ProviderPermissionError``) does
                not permit the call.
            ProviderRateLimitError: too many requests.
            ProviderQuotaError: the allowance is used up.
            ProviderModelNotFoundError: no such model.
            ProviderRequestError: the request is rejected; ``ContextLengthError`` if too long,
                ``UnsupportedCapabilityError`` if the provider cannot do it.
            ProviderUnavailableError: the service cannot be reached or fails;
                ``ProviderTimeoutError`` if it takes too long, ``ProviderOverloadedError`` if it is
                too busy.
            ProviderResponseError: the answer is broken.
        """

    @abstractmethod
    async def complete(
        self, prompt: str, model: str | None = None, **options: Unpack[ChatOptions]
    ) -> str:
        """Answer a single prompt with text; if the model refuses, with the text of its refusal.

        Raises:
            TypeError: as ``chat``.
            ProviderError: as ``chat``.
        """

    @abstractmethod
    async def health_check(self) -> bool:
        """Ask the service whether it accepts this credential.

        ``False`` if it rejects the credential, fails, sends garbage or takes too long; it raises
        only after ``aclose()``. A provider that needs no credential asks whether the service
        answers. Never a billable call.
        """

    @abstractmethod
    async def list_models(self) -> list[str]:
        """Return the ids of all models, each once. A failure raises; it is never an empty list.

        Raises:
            ProviderError: as ``chat``.
        """

    async def describe_models(self) -> list[ModelInfo]:
        """Return what the service says about each of its models.

        Raises:
            ProviderError: as ``chat``.
        """
        from provider_sdk._models import ModelInfo  # a call does not need it

        return [ModelInfo(id) for id in await self.list_models()]

    @classmethod
    async def probe(cls, **config: Any) -> Health:
        """Build a provider, check its health and close it; never raises.

        Args:
            config: what the constructor takes.
        """
        from provider_sdk._health import Health

        start = time.monotonic()
        failure: Exception | None = None
        try:
            async with cls(**config) as provider:
                if not await provider.health_check():
                    failure = provider.health_error or ProviderError(
                        "the service did not accept the health check", provider=cls.name
                    )
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is the reason
            failure = error
        reason = "" if failure is None else str(failure) or type(failure).__name__
        return Health(failure is None, reason, time.monotonic() - start, failure)

    async def aclose(self) -> None:  # noqa: B027 - a provider without connections has nothing to do
        """Close all connections; afterwards every call raises ``ProviderError``."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
