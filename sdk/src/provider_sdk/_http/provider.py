"""Makes a provider from a dialect, an address and a rule for the credential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, NoReturn

from provider_sdk._dialect import ChatCall, Dialect, HttpExchange, HttpReply, HttpRequest
from provider_sdk._errors import ProviderError, ProviderRequestError, ProviderResponseError
from provider_sdk._http.choosing import transport_of
from provider_sdk._http.guard import GuardedDialect
from provider_sdk._http.session import Session, lower_names
from provider_sdk._http.transport import UNSENT, TransportName
from provider_sdk._prepared import DEFAULT_MAX_RETRIES, DEFAULT_TIMEOUT_S, PreparedProvider
from provider_sdk._redact import Redactor, secrets_in
from provider_sdk._responses import ChatResponse
from provider_sdk._settings import address_setting
from provider_sdk._stream import ChatStream
from provider_sdk._timeouts import Deadline
from provider_sdk._version import __version__

if TYPE_CHECKING:
    import httpx

    from provider_sdk._models import ModelInfo


MAX_MODELS = 100_000
"""Most entries of a model list, all of its pages together."""


class HttpProvider(PreparedProvider):
    """Implements the contract for a service that a ``Dialect`` describes.

    Args:
        api_key: the credential; else it is read from ``api_key_env``.
        base_url: another address, such as a proxy's; else ``base_url_env``, else the class's.
        default_model: another default model.
        timeout: seconds for a call over all its attempts, for a stream up to its first event; 120
            by default.
        max_retries: further attempts after a failure that may pass, 2 by default. A retry after the
            request was sent can be billed twice; 0 turns retries off.
        http_client: an ``httpx.AsyncClient`` to use; it is never closed here.
        transport: the HTTP library to use, ``"httpx"`` or ``"aiohttp"``; by default aiohttp if it
            is installed (``describe_transport`` says which). An ``http_client`` means httpx.

    Raises:
        ProviderAuthError: a required credential is missing, or cannot be sent in a header.
        ValueError: another argument makes no sense.
        ProviderRequestError: a variable that is used instead makes no sense.
    """

    dialect: ClassVar[Dialect]
    """The wire protocol; one object serves all calls of all providers of the class."""
    base_url: str = ""
    """Where the service is; the dialect's paths are appended to it."""

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        default_model: str | None = None,
        timeout: float = DEFAULT_TIMEOUT_S,
        max_retries: int = DEFAULT_MAX_RETRIES,
        http_client: httpx.AsyncClient | None = None,
        transport: TransportName | None = None,
    ) -> None:
        super().__init__(
            api_key=api_key, default_model=default_model, timeout=timeout, max_retries=max_retries
        )
        self.base_url = self._address(base_url)
        self._transport = transport_of(self.base_url, transport, http_client)
        headers = self._default_headers()
        self._redactor = Redactor([self.api_key, *secrets_in(headers)])
        self._dialect = GuardedDialect(self.dialect)
        self._session = Session(
            self._dialect,
            headers,
            open=self._open,
            redact=self._redact,
            idle_limit_s=self.idle_limit_s,
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} holds connections and cannot be pickled; "
            "build a new one instead"
        )

    def __repr__(self) -> str:
        # Somebody may have taken the credential for the address.
        return f"{type(self).__name__}(base_url={self.redact(self.base_url)!r})"

    @property
    def transport(self) -> TransportName:
        """The HTTP library that sends the requests."""
        return self._transport.name

    # What a subclass may use and change.

    async def fetch(self, request: HttpRequest, *, max_retries: int | None = None) -> HttpReply:
        """Send a request with the credential and return the successful reply.

        All attempts together take at most ``timeout``.

        Raises:
            ProviderError: the reply reports an error, or no reply came.
        """
        retries = self.max_retries if max_retries is None else max_retries
        deadline = Deadline.after(self.timeout)
        try:
            fetching = self._session.fetch(request, max_retries=retries, deadline=deadline)
            return await deadline.bound(fetching)
        except ProviderError as error:
            failure = self._completed(error)
        raise failure

    async def open(self, request: HttpRequest) -> HttpExchange:
        """Send one request and return its answer as soon as its headers have arrived.

        Every attempt of every request of the provider goes through this method, with all headers. A
        subclass may sign it, change it or watch it.

        Raises:
            ProviderUnavailableError: no connection, or it broke before the answer began.
            ProviderRequestError: the request cannot be expressed in HTTP, or
                ``unsent_requests`` keeps it.
        """
        if (unsent := UNSENT.get()) is not None:
            raise unsent.keep(self.name, self._transport.prepared(request), self.redact)
        return await self._transport.open(request)

    def complete_address(self, address: str) -> str:
        """Return the base URL for an address that was set, if its users may leave parts out."""
        return address

    async def begin(self, request: HttpRequest) -> HttpExchange:
        """Send a request with the credential once; return its successful reply, not read yet.

        For an answer that takes long and arrives piece by piece. Its headers must arrive within
        ``timeout``; how long the body may take is the caller's own business, who closes it.

        Raises:
            ProviderError: the reply reports an error, or no reply came.
        """
        try:
            return await Deadline.after(self.timeout).bound(self._session.begin(request))
        except ProviderError as error:
            failure = self._completed(error)
        raise failure

    def request_headers(self) -> Mapping[str, str]:
        """Return headers to send with every request, besides the credential's."""
        return {}

    def auth_headers(self, credential: str) -> Mapping[str, str]:
        """Return the headers that carry the credential; by default, those of the dialect.

        A service that takes it in more than one header, by a setting, overrides this.
        """
        return self.dialect.auth_headers(credential)

    def credential_addresses(self, base_url: str | None) -> tuple[str, ...]:
        """Return the base URLs of all services that get the credential.

        A subclass that sends it to a second one adds that one. It may be called before the
        constructor.

        Args:
            base_url: the constructor's argument.

        Raises:
            ValueError: as the constructor.
            ProviderRequestError: as the constructor.
        """
        return (self._address(base_url),)

    def forbidden_sampling(self, model: str) -> frozenset[str]:
        """Return the dialect's ``forbidden_sampling``."""
        return self.dialect.forbidden_sampling

    def relax(self, call: ChatCall, error: ProviderRequestError) -> ChatCall | None:
        """Return the reduced call that the dialect proposes, if any."""
        return self._dialect.relax(call, error)

    async def check_health(self) -> None:
        """Raise ``ProviderError`` unless the service lists its models for the credential.

        A service whose list is public needs another check: the list proves nothing there.
        """
        request = self._dialect.models_request(None)
        await self._dialect.parse_models(await self.fetch(request, max_retries=0))

    # What ``PreparedProvider`` asks for.

    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Send the call and return its answer; see ``PreparedProvider.answer``."""
        if (unsent := UNSENT.get()) is not None:
            unsent.is_call = True
        return await self._session.answer(call, max_retries=self.max_retries)

    async def fetch_models(self) -> list[ModelInfo]:
        """Return the models on all pages of the list."""
        models: list[ModelInfo] = []
        known: set[str] = set()
        cursor: str | None = None
        while True:
            reply = await self.fetch(self._dialect.models_request(cursor))
            page = await self._dialect.parse_models(reply)
            ids = {model.id for model in page.models}
            models += page.models
            if len(models) > MAX_MODELS:
                raise ProviderResponseError(f"the model list is longer than {MAX_MODELS} models")
            # If a page holds nothing new, the next pages might not either, without end.
            if page.cursor is None or ids <= known:
                return models
            known |= ids
            cursor = page.cursor

    async def aclose(self) -> None:
        """Close the connections; an injected client stays open."""
        await super().aclose()
        await self._transport.aclose()

    # These look the hooks up at each use, so that one that is replaced later still counts.

    async def _open(self, request: HttpRequest) -> HttpExchange:
        return await self.open(request)

    def _redact(self, text: str, call: ChatCall) -> str:
        return self.redact(text, call)

    def _address(self, base_url: str | None) -> str:
        return address_setting(
            "base_url", base_url, self.base_url_env, type(self).base_url, self.complete_address
        )

    def _default_headers(self) -> dict[str, str]:
        headers = {"user-agent": f"provider-contract-sdk/{__version__}"}
        headers.update(lower_names(self.request_headers()))
        if self.api_key:
            headers.update(lower_names(self.auth_headers(self.api_key)))
        return headers
