"""Turns exceptions that a dialect should not raise into errors of the contract."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from provider_sdk._dialect import (
    ChatCall,
    Dialect,
    HttpReply,
    HttpRequest,
    StreamDecoder,
)
from provider_sdk._errors import (
    ProviderError,
    ProviderRequestError,
    ProviderResponseError,
    error_class_of,
)
from provider_sdk._responses import ChatResponse

if TYPE_CHECKING:
    from provider_sdk._models import ModelPage

_LARGE_BYTES = 256 * 1024

_T = TypeVar("_T")
_Error = TypeVar("_Error", bound=ProviderError)


class GuardedDialect:
    """Calls a dialect; any other exception that it raises becomes a ``ProviderError``.

    A dialect cannot foresee everything that services send and callers pass.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.content_type = dialect.content_type
        self.stream_type = dialect.stream_type
        self.array_streams = dialect.array_streams

    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return the request for a call, or raise ``ProviderRequestError``."""
        return self._written(self._dialect.chat_request, call)

    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return the request for a page of the model list, or raise ``ProviderRequestError``."""
        return self._written(self._dialect.models_request, cursor)

    async def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Return the answer in a reply, or raise ``ProviderResponseError``."""
        return await self._read_reply(reply, lambda: self._dialect.parse_chat(call, reply))

    async def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models in a reply, or raise ``ProviderResponseError``."""
        return await self._read_reply(reply, lambda: self._dialect.parse_models(reply))

    def stream_decoder(self, call: ChatCall) -> StreamDecoder:
        """Return a decoder, or raise ``ProviderResponseError``."""
        return self._read(lambda: self._dialect.stream_decoder(call))

    def parse_error(self, reply: HttpReply) -> ProviderError:
        """Return the error in a reply; if it cannot be read, the class comes from the status."""
        try:
            return self._dialect.parse_error(reply)
        except Exception as error:  # noqa: BLE001 - see the class
            kind = error_class_of(reply.status)
            what = f"the service answers with HTTP {reply.status}, and its message cannot be read"
            return _unforeseen(kind, what, error)

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        """Return the reduced call that the dialect proposes, if any."""
        return self._or_none(self._dialect.relax, call, error)

    def served_by(self, headers: Mapping[str, str]) -> str | None:
        """Return the back end that answered, if the dialect finds it."""
        return self._or_none(self._dialect.served_by, headers)

    def request_id(self, headers: Mapping[str, str]) -> str | None:
        """Return the service's id of the exchange, if the dialect finds it."""
        return self._or_none(self._dialect.request_id, headers)

    def _written(self, write: Callable[..., _T], *arguments: Any) -> _T:
        try:
            return write(*arguments)
        except ProviderError:
            raise
        except Exception as error:  # noqa: BLE001 - see the class
            failure = _unforeseen(ProviderRequestError, "the request cannot be written", error)
        raise failure

    async def _read_reply(self, reply: HttpReply, read: Callable[[], _T]) -> _T:
        # A large reply may take seconds. In a thread it holds up neither other tasks of the loop
        # nor the deadline of the call.
        if len(reply.body) > _LARGE_BYTES:
            return await asyncio.to_thread(self._read, read)
        return self._read(read)

    def _read(self, read: Callable[[], _T]) -> _T:
        try:
            return read()
        except ProviderError:
            raise
        except Exception as error:  # noqa: BLE001 - see the class
            failure = _unforeseen(ProviderResponseError, "the answer cannot be read", error)
        raise failure

    def _or_none(self, find: Callable[..., _T | None], *arguments: Any) -> _T | None:
        try:
            return find(*arguments)
        except Exception:  # noqa: BLE001 - the call must not fail for a name or a second try
            return None


def _unforeseen(kind: type[_Error], what: str, error: Exception) -> _Error:
    from provider_sdk._http.unforeseen import unforeseen  # it never should happen

    return unforeseen(kind, what, error)
