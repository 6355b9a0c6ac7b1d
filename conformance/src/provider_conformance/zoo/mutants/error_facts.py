"""Mutants that ERROR must kill: errors that lose what they should tell."""

from __future__ import annotations

import html
from typing import Any, ClassVar

from provider_sdk import (
    ChatResponse,
    ChatStream,
    ProviderError,
    ProviderRateLimitError,
    ProviderResponseError,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo._router import RouterDialect, RouterWire
from provider_conformance.zoo.reference import Call, Mutable


@mutant("PC-ERROR-009", "the text of the error for")
class FormatsMessages(Mutable):
    """Takes the service's words for a format."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error, formatted."""
        error.message = error.message.replace("{{", "{").replace("}}", "}").replace("%%", "%")
        return error


@mutant("PC-ERROR-009", "the text of the error for")
class ResolvesEntities(Mutable):
    """Takes the service's words for HTML."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error with other characters."""
        error.message = html.unescape(error.message)
        return error


@mutant("PC-ERROR-012", "error.request_id: ")
class RepeatsErrors(Mutable):
    """Raises the error of an earlier call if the service says the same again."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.known: dict[str, ProviderError] = {}

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error, or the earlier one with its words."""
        return self.known.setdefault(error.message, error)


@mutant("PC-ERROR-013", "error.retry_after")
class WaitsForLimitsOnly(Mutable):
    """Reads how long to wait only if the rate is limited."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error, perhaps without the wait."""
        if not isinstance(error, ProviderRateLimitError):
            error.retry_after = None
        return error


@mutant("PC-ERROR-033", "error.served_by", wire=RouterWire())
class ForgetsBackEnd(Mutable):
    """Does not say which back end failed."""

    dialect: ClassVar[Any] = RouterDialect()

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error without the back end."""
        error.served_by = None
        return error


@mutant("PC-ERROR-033", "error.served_by: None")
class InventsBackEnd(Mutable):
    """Names itself when no back end is named."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error with some back end."""
        error.served_by = error.served_by or self.name
        return error


class BreaksStreams(Mutable):
    """The ground of mutants that change the errors inside their streams."""

    def broken(self, error: ProviderError) -> ProviderError:
        """Return the error to raise instead."""
        return error

    async def chat(  # type: ignore[override]
        self, messages: Any, model: str | None = None, stream: bool = False, **options: Any
    ) -> ChatResponse | ChatStream:
        """Answer; a stream raises other errors."""
        answer = await super().chat(messages, model, stream, **options)

        def changed(error: ProviderError) -> ProviderError:
            error.model = error.model or model
            return self.broken(self.completed(error))

        if isinstance(answer, ChatStream):
            answer.on_error(changed)
        return answer


@mutant("PC-ERROR-034", "error.request_id of an error of kind rate_limit inside a stream")
class ForgetsIdInStreams(BreaksStreams):
    """Reads the id of the exchange only of replies that are not streams."""

    def broken(self, error: ProviderError) -> ProviderError:
        """Return the error without the id."""
        error.request_id = None
        return error


@mutant("PC-ERROR-034", "error.model of an error of kind rate_limit inside a stream")
class ForgetsModelInStreams(BreaksStreams):
    """Does not say of which model a broken stream was."""

    def broken(self, error: ProviderError) -> ProviderError:
        """Return the error without the model."""
        error.model = None
        return error


@mutant("PC-ERROR-034", "str(error) of an error of kind rate_limit inside a stream: to hold")
class SaysThatStreamBroke(BreaksStreams):
    """Says of every stream that it broke, and not why."""

    def broken(self, error: ProviderError) -> ProviderError:
        """Return the error with other words."""
        error.message = "the stream broke"
        return error


@mutant("PC-ERROR-034", "the class of an error of kind rate_limit inside a stream")
class BreaksStreamsAlike(BreaksStreams):
    """Raises one class for whatever happens inside a stream."""

    def broken(self, error: ProviderError) -> ProviderError:
        """Return the error as another one."""
        other = ProviderResponseError(error.message, provider=error.provider, model=error.model)
        other.request_id, other.served_by = error.request_id, error.served_by
        other.partial = error.partial
        return other


@mutant("PC-ERROR-035", "error.partial after an error: a ChatResponse")
class KeepsPartialOfCutsOnly(BreaksStreams):
    """Forgets what had arrived when the service reports an error."""

    def broken(self, error: ProviderError) -> ProviderError:
        """Return the error, perhaps without what had arrived."""
        if not isinstance(error, ProviderResponseError):
            error.partial = None
        return error


@mutant("PC-ERROR-035", "error.partial after a broken connection")
class KeepsTextOnly(BreaksStreams):
    """Keeps the text of a broken stream, and nothing else of it."""

    def broken(self, error: ProviderError) -> ProviderError:
        """Return the error with less."""
        error.partial = ChatResponse(text=error.partial.text if error.partial else "")
        return error


@mutant("PC-ERROR-035", "error.partial of a rejected call: None")
class InventsPartial(Mutable):
    """Has an empty answer in every error."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error with an answer."""
        error.partial = ChatResponse()
        return error


@mutant("PC-ERROR-036", "to hold error.hint")
class HintsNothing(Mutable):
    """Repeats what the service says, and leaves it at that."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error without a hint."""
        error.hint = None
        return error


@mutant("PC-ERROR-036", "the hints of errors with different remedies: to differ")
class HintsAlike(Mutable):
    """Has one hint for everything."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error with a hint."""
        error.hint = "Something went wrong; try again."
        return error


class _OwnError(ProviderRateLimitError):
    def __init__(self, code: int, inner: ProviderError) -> None:
        super().__init__(inner.message, provider=inner.provider, model=inner.model)
        self.__dict__.update(inner.__dict__, code=code)


@mutant("PC-ERROR-037", "to tell the same")
class RaisesOwnErrors(Mutable):
    """Raises a class of its own, whose constructor has other arguments."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Call, and raise the own class for a rate limit."""
        try:
            return await call()
        except ProviderRateLimitError as error:
            own = _OwnError(429, error)
        raise own
