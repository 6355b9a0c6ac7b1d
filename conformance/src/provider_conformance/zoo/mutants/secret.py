"""Mutants that SECRET must kill: those who show the credential themselves."""

from __future__ import annotations

import logging
import warnings
from dataclasses import replace
from typing import Any

from provider_sdk import (
    ChatResponse,
    ChatStream,
    HttpReply,
    HttpRequest,
    ProviderError,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Call, Mutable


@mutant("PC-SECRET-001", "repr(provider): not to hold the credential")
class ShowsItself(Mutable):
    """Shows all its settings, as a dataclass would."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(key={self.api_key})"


@mutant("PC-SECRET-002", "the pickled provider: not to hold the credential")
class PicklesItself(Mutable):
    """Is pickled with its settings."""

    def __reduce__(self) -> Any:
        return dict, ({"key": self.api_key},)


@mutant("PC-SECRET-003", "the credential: to show nowhere")
class CausesTellHeaders(Mutable):
    """Raises its errors from others that hold the headers."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Call, and tell the cause."""
        try:
            return await call()
        except ProviderError as error:
            raise error from RuntimeError(f"sent with {self.api_key}")


@mutant("PC-SECRET-003", "the credential: to show nowhere")
class ErrorsHoldRequest(Mutable):
    """Keeps the request with the error, for those who debug."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error with more in it."""
        error.args = (*error.args, {"authorization": self.api_key})
        return error


@mutant("PC-SECRET-004", "a log record: not to hold the credential")
class LogsHeaders(Mutable):
    """Logs the headers beside a harmless text."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Call, and tell about it."""
        logging.getLogger("reference").debug(
            "asking", extra={"headers": {"authorization": self.api_key}}
        )
        return await call()


@mutant("PC-SECRET-004", "a log record: not to hold the credential")
class LogsToItself(Mutable):
    """Logs what it sends to a logger of its own, which passes nothing on."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Call, and tell nobody else about it."""
        own = logging.Logger("reference.own", logging.DEBUG)
        own.propagate = False
        own.debug("asking with %s", self.api_key)
        return await call()


@mutant("PC-SECRET-004", "a warning: not to hold the credential")
class WarnsWithCredential(Mutable):
    """Warns about an old kind of credential, and shows it."""

    async def health_check(self) -> bool:
        """Check, and warn."""
        warnings.warn(f"{self.api_key} is of an old kind", stacklevel=2)
        return await super().health_check()


@mutant("PC-SECRET-005", "the address of a request: not to hold the credential")
class SendsItInTheAddress(Mutable):
    """Sends the credential as a parameter when it reads."""

    async def fetch(self, request: HttpRequest, *, max_retries: int | None = None) -> HttpReply:
        """Send a request with a parameter."""
        key = self.api_key
        keyed = replace(request, path=f"{request.path}?key={key}")
        return await super().fetch(keyed, max_retries=max_retries)


@mutant("PC-SECRET-006", "the credential: to show nowhere")
class RepeatsSettings(Mutable):
    """Repeats all settings when one of them is wrong."""

    def __init__(self, **config: Any) -> None:
        try:
            super().__init__(**config)
        except ValueError as error:
            raise ValueError(f"cannot use {config}: {error}") from None


@mutant("PC-SECRET-007", "a credential with '\\n' inside")
class JoinsCredentials(Mutable):
    """Leaves line breaks out of a credential, and sends the rest."""

    def __init__(self, *, api_key: str | None = None, **config: Any) -> None:
        super().__init__(api_key=api_key and api_key.replace("\n", ""), **config)


@mutant("PC-SECRET-007", "a credential with '\\n' inside: not to hold the credential")
class RepeatsUnsendable(Mutable):
    """Quotes the credential that it refuses."""

    def __init__(self, *, api_key: str | None = None, **config: Any) -> None:
        try:
            super().__init__(api_key=api_key, **config)
        except ProviderError as error:
            error.hint = f"Is {api_key!r} complete?"
            raise


class _ShowsRequest(ChatStream):
    request: str

    def __repr__(self) -> str:
        return f"<stream of {self.request}>"


@mutant("PC-SECRET-018", "repr(stream): not to hold the credential")
class StreamsShowRequest(Mutable):
    """Shows the request in the repr of a stream."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Call; a stream is one that shows more."""
        answer = await call()
        if isinstance(answer, ChatStream):
            answer.__class__ = _ShowsRequest
            vars(answer)["request"] = f"POST with {self.api_key}"
        return answer
