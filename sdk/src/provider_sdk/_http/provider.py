"""A provider over HTTP: dialect, endpoint and credential rule make the four coroutines."""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, NoReturn, Unpack, cast, overload

from provider_sdk._base import BaseProvider
from provider_sdk._credentials import Credential, check_sendable, first_credential
from provider_sdk._dialect import ChatCall, Dialect, HttpReply, HttpRequest
from provider_sdk._errors import ProviderAuthError, ProviderError
from provider_sdk._http.session import Session, lower_names
from provider_sdk._messages import Messages, normalized, question
from provider_sdk._options import ChatOptions, checked_options
from provider_sdk._requirements import check_supported, chosen_model, unsupported
from provider_sdk._responses import ChatResponse, ModelInfo, ProviderWarning
from provider_sdk._settings import address_setting, count_setting, seconds_setting, text_setting
from provider_sdk._stream import ChatStream
from provider_sdk._timeouts import within
from provider_sdk._version import __version__

if TYPE_CHECKING:
    import httpx

DEFAULT_TIMEOUT_S = 120.0
HEALTH_TIMEOUT_S = 10.0
DEFAULT_MAX_RETRIES = 2


class HttpProvider(BaseProvider):
    """Implements the contract for a service that a ``Dialect`` describes.

    Class attributes that a subclass sets, besides those of ``BaseProvider``:
        dialect: the wire protocol.
        base_url: where the service is, to which the dialect's paths are appended.
        base_url_env: the variable that overrides ``base_url``.
        api_key_env: variables that may hold the credential, first wins.
        default_model: the model that answers when none is named.
        credential_hint: where to get a credential; part of the errors about it.

    Args:
        api_key: the credential; else it is read from ``api_key_env``.
        base_url: another address, such as a proxy's; else ``base_url_env``, else the class's.
        default_model: another default model.
        timeout: seconds for a call over all its attempts, for a stream up to its first event.
        max_retries: further attempts after a failure that may pass. A retry after the request was
            sent can be billed twice; 0 turns retries off.
        http_client: an ``httpx.AsyncClient`` to use; it is never closed here.

    Raises:
        ProviderAuthError: a required credential is missing, or cannot be sent in a header.
        ValueError: another argument makes no sense, or a variable that stands in for it.
    """

    dialect: ClassVar[Dialect]
    base_url: str = ""
    base_url_env: ClassVar[str | None] = None
    api_key_env: ClassVar[tuple[str, ...]] = ()
    default_model: str = ""
    credential_hint: ClassVar[str | None] = None

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        default_model: str | None = None,
        timeout: float = DEFAULT_TIMEOUT_S,
        max_retries: int = DEFAULT_MAX_RETRIES,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        credential = self._checked_credential(api_key)
        self._timeout = seconds_setting("timeout", timeout)
        self.default_model = (
            text_setting("default_model", default_model) or type(self).default_model
        )
        self.base_url = address_setting(
            "base_url", base_url, self.base_url_env, type(self).base_url
        )
        from provider_sdk._http.transport import Transport  # httpx is loaded when it is needed

        transport = Transport(self.base_url, http_client)
        self._session = Session(
            provider=self.name,
            dialect=self.dialect,
            transport=transport,
            credential=credential,
            headers=self._standing_headers(credential),
            max_retries=count_setting("max_retries", max_retries),
        )
        self._unhealthy: ProviderError | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} holds a credential and connections and cannot be pickled; "
            "build a new one instead"
        )

    # What a subclass may use and change.

    async def fetch(self, request: HttpRequest, *, max_retries: int | None = None) -> HttpReply:
        """Send a request with the credential and return the successful reply.

        Raises:
            ProviderError: the reply reports an error, or there is none.
        """
        deadline = asyncio.get_running_loop().time() + self._timeout
        return await self._session.fetch(request, deadline=deadline, max_retries=max_retries)

    def find_credential(self, api_key: str | None) -> Credential | None:
        """Return the credential to use; a subclass may look in further places."""
        return first_credential(api_key, self.api_key_env)

    def request_headers(self) -> Mapping[str, str]:
        """Return headers to send with every request, besides the credential's."""
        return {}

    async def check_health(self) -> None:
        """Raise ``ProviderError`` unless the service accepts the credential.

        Reads the model list. A service whose list is public needs another check: the list proves
        nothing there.
        """
        reply = await self.fetch(self.dialect.models_request(None), max_retries=0)
        self.dialect.parse_models(reply)

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error with a better hint, where one can be found; called once per failure."""
        return error

    # The contract.

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
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | ChatStream:
        """Answer a conversation; see ``BaseProvider.chat``."""
        self._require_open()
        call, notes = self._checked_call(messages, model, stream, checked_options(options))
        answer = self._session.stream if stream else self._session.chat
        seconds = call.options.get("timeout") or self._timeout
        until = asyncio.get_running_loop().time() + seconds
        try:
            return await within(seconds, lambda deadline: answer(call, notes, deadline))
        except ProviderError as error:
            failure = self._session.described(error, model=call.model)
        raise await self._explained(failure, until)

    async def complete(
        self, prompt: str, model: str | None = None, **options: Unpack[ChatOptions]
    ) -> str:
        """Answer a single prompt with text; see ``BaseProvider.complete``."""
        checked = checked_options(options)
        response = await self.chat(question(prompt), model, **checked)
        return response.text or response.refusal or ""

    async def health_check(self) -> bool:
        """Whether the service accepted this credential; see ``BaseProvider.health_check``."""
        self._require_open()
        self._unhealthy = None
        seconds = min(self._timeout, HEALTH_TIMEOUT_S)
        try:
            await within(seconds, lambda _: self.check_health())
        except ProviderError as error:
            self._unhealthy = self._session.described(error)
        return self._unhealthy is None

    async def list_models(self) -> list[str]:
        """Return the ids of all models; see ``BaseProvider.list_models``."""
        return [model.id for model in await self.describe_models()]

    async def describe_models(self) -> list[ModelInfo]:
        """Return what the service says of its models; see ``BaseProvider.describe_models``."""
        self._require_open()
        if "model_listing" not in self.capabilities:
            raise unsupported(self, "model_listing", "a model list")
        try:
            return await within(self._timeout, lambda _: self._all_models())
        except ProviderError as error:
            failure = self._session.described(error)
        raise failure

    async def aclose(self) -> None:
        """Close the connections; an injected client stays open."""
        self._closed = True
        await self._session.transport.aclose()

    def _health_failure(self) -> ProviderError:
        return self._unhealthy or super()._health_failure()

    # Before the request.

    def _checked_credential(self, api_key: str | None) -> Credential | None:
        if self.credential == "none":
            return None
        credential = self.find_credential(api_key)
        if credential is not None:
            check_sendable(credential, self.name)
        elif self.credential == "required":
            name = self.api_key_env[0] if self.api_key_env else "api_key"
            raise ProviderAuthError(
                f"{name} is not set", provider=self.name, hint=self.credential_hint
            )
        return credential

    def _standing_headers(self, credential: Credential | None) -> dict[str, str]:
        headers = {"user-agent": f"provider-contract-sdk/{__version__}"}
        headers.update(lower_names(self.request_headers()))
        if credential is not None:
            headers.update(lower_names(self.dialect.auth_headers(credential.value)))
        return headers

    def _checked_call(
        self, messages: Messages, model: str | None, stream: bool, options: ChatOptions
    ) -> tuple[ChatCall, list[str]]:
        conversation = normalized(messages)
        check_supported(self, conversation, options, stream=stream)
        name = chosen_model(self, model, self.default_model)
        options, notes = self._without_forbidden(options)
        include_usage = "usage_in_stream" in self.capabilities
        return ChatCall(name, conversation, options, stream, include_usage, self.name), notes

    def _without_forbidden(self, options: ChatOptions) -> tuple[ChatOptions, list[str]]:
        dropped = sorted(self.dialect.forbidden_sampling & options.keys())
        if not dropped:
            return options, []
        kept = {name: value for name, value in options.items() if name not in dropped}
        notes = [f"{name} was dropped: {self.name} does not accept it" for name in dropped]
        for note in notes:
            warnings.warn(note, ProviderWarning, stacklevel=4)
        return cast("ChatOptions", kept), notes

    def _require_open(self) -> None:
        if self._closed:
            raise ProviderError(
                f"this {type(self).__name__} is closed", provider=self.name, hint="Build a new one."
            )

    async def _all_models(self) -> list[ModelInfo]:
        found: dict[str, ModelInfo] = {}
        cursor: str | None = None
        while True:
            page = self.dialect.parse_models(await self.fetch(self.dialect.models_request(cursor)))
            new = [model for model in page.models if model.id not in found]
            found.update({model.id: model for model in new})
            # A page that repeats what is known would repeat for ever.
            if page.cursor is None or not new:
                return list(found.values())
            cursor = page.cursor

    # After a failure.

    async def _explained(self, error: ProviderError, until: float) -> ProviderError:
        # A hint is no reason to answer later than the caller allowed.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                return await self.explain(error)
        return error
