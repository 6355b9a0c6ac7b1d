"""Pulls, describes and removes models, as ``provider_sdk.ManagesModels`` says.

Source: https://docs.ollama.com/api
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, ClassVar, TypeVar

from provider_sdk import (
    HttpExchange,
    HttpProvider,
    HttpReply,
    HttpRequest,
    ModelDetails,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    PullProgress,
    RunningModel,
    StreamInterruptedError,
    json_body,
)
from provider_sdk.chat_completions import read_error_body, says_error
from provider_sdk.decoding import (
    DecodeLimitError,
    NDJSONDecoder,
    list_of_texts,
    mapping_or_empty,
    text_or_none,
    token_count,
)

from provider_ollama._dialect import OllamaDialect
from provider_ollama._errors import make_error
from provider_ollama._models import (
    context_window,
    described,
    done,
    model_entries,
    model_name,
    object_reply,
)

_CONTINUES = "Pull again; it continues there."
_T = TypeVar("_T")


class ManagesOllamaModels(HttpProvider):
    """The part of the provider that manages models.

    Class attributes:
        pull_silence_s: seconds that a download may be silent; checking a large file takes minutes.
            The argument ``timeout``, if it is given, replaces it.
        library_hint: where to see which models can be installed.
    """

    dialect = OllamaDialect()
    pull_silence_s: float = 600.0
    library_hint: ClassVar[str | None] = None

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        if "timeout" in config:
            self.pull_silence_s = self.timeout

    def error_hint(self, error: ProviderError) -> str | None:
        """Return what to do about an error that has no hint yet; by default, the dialect's."""
        return self.dialect.error_hint(error)

    async def pull(self, model: str) -> AsyncGenerator[PullProgress, None]:
        """Install a model or its newest version; see ``ManagesModels.pull``.

        If the iteration is left early, the service stops the download and keeps what has arrived;
        close it with ``contextlib.aclosing``.
        """
        self.require_open()
        try:
            exchange = await self.begin(_about("POST", "/api/pull", model, stream=True))
            try:
                async with aclosing(self._progress(exchange)) as reports:
                    async for report in reports:
                        yield report
                        if report.status == "success":
                            return
            finally:
                await exchange.aclose()
            failure: ProviderError = StreamInterruptedError(
                "the download ended before it was complete", hint=_CONTINUES
            )
        except ProviderError as error:
            failure = error
        if isinstance(failure, ProviderModelNotFoundError):
            failure.hint = self.library_hint or failure.hint
        raise self._managed(failure, model)

    async def show(self, model: str) -> ModelDetails:
        """Return what the service says of an installed model; see ``ManagesModels.show``."""
        body = await self._answer(model, lambda: _about("POST", "/api/show", model), described)
        details = mapping_or_empty(body.get("details"))
        return ModelDetails(
            id=model,
            family=self._said(details.get("family")),
            parameter_size=self._said(details.get("parameter_size")),
            quantization=self._said(details.get("quantization_level")),
            context_window=context_window(body),
            capabilities=tuple(map(self.redact, list_of_texts(body.get("capabilities")))),
            parameters=self._said(body.get("parameters")),
            system=self._said(body.get("system")),
            license=self._said(body.get("license")),
            modified_at=self._said(body.get("modified_at")),
        )

    async def ps(self) -> list[RunningModel]:
        """Return the models that are in memory; see ``ManagesModels.ps``."""
        entries = await self._answer(None, lambda: HttpRequest("GET", "/api/ps"), model_entries)
        return [
            RunningModel(
                id=self.redact(model_name(entry)),
                size=token_count(entry.get("size")),
                gpu_size=token_count(entry.get("size_vram")),
                context_window=token_count(entry.get("context_length")),
                expires_at=self._said(entry.get("expires_at")),
            )
            for entry in entries
        ]

    async def delete(self, model: str) -> None:
        """Remove an installed model; see ``ManagesModels.delete``."""
        # Sent once: if it is sent again after it succeeded, the model is not found.
        await self._answer(model, lambda: _about("DELETE", "/api/delete", model), done)

    async def window_of(self, model: str) -> int | None:
        """Return how many tokens a model reads at most, ``None`` if the service does not say it."""
        body = await self._answer(model, lambda: _about("POST", "/api/show", model), object_reply)
        return context_window(body)

    async def _answer(
        self, model: str | None, request: Callable[[], HttpRequest], read: Callable[[HttpReply], _T]
    ) -> _T:
        """Return what is read of the reply to a request; no error leaves with a credential."""
        self.require_open()
        try:
            return read(await self.fetch(request(), max_retries=None if model is None else 0))
        except ProviderError as error:
            failure = error
        if isinstance(failure, ProviderModelNotFoundError) and "model" in failure.message:
            failure.hint = "List the models to see which are installed."
        raise self._managed(failure, model)

    def _managed(self, error: ProviderError, model: str | None) -> ProviderError:
        error.model = model if isinstance(model, str) else None
        error.hint = error.hint or self.error_hint(error)
        return self.completed(error)

    def _said(self, value: object) -> str | None:
        """Return a text of the service without the credential, which it may repeat anywhere."""
        text = text_or_none(value)
        return text and self.redact(text)

    async def _progress(self, exchange: HttpExchange) -> AsyncGenerator[PullProgress, None]:
        decoder = NDJSONDecoder()
        while True:
            data = await self._next(exchange)
            for value in _values(decoder, data):
                yield self._report(value)
            if data is None:
                return

    async def _next(self, exchange: HttpExchange) -> bytes | None:
        try:
            async with asyncio.timeout(self.pull_silence_s):
                return await exchange.read()
        except TimeoutError:
            pass
        raise ProviderTimeoutError(
            f"the download was silent for {self.pull_silence_s:g} s", hint=_CONTINUES
        )

    def _report(self, value: Any) -> PullProgress:
        line = mapping_or_empty(value)
        if says_error(line.get("error")):
            raise make_error(None, read_error_body(line))
        status, digest = self._said(line.get("status")), self._said(line.get("digest"))
        if status is None and digest is None:
            raise _unreadable("it holds a line that reports nothing")
        return PullProgress(
            status=status or "",
            digest=digest,
            completed=token_count(line.get("completed")),
            total=token_count(line.get("total")),
        )


def _values(decoder: NDJSONDecoder, data: bytes | None) -> list[Any]:
    try:
        return decoder.flush() if data is None else decoder.feed(data)
    except DecodeLimitError as error:
        problem = str(error)
    except ValueError:
        problem = "it holds a line that is not JSON"
    raise _unreadable(problem)


def _unreadable(problem: str) -> ProviderResponseError:
    return ProviderResponseError(f"the report on the download cannot be read: {problem}")


def _about(method: str, path: str, model: object, **more: Any) -> HttpRequest:
    if not isinstance(model, str) or not model.strip():
        raise ProviderRequestError("model must be a name that is not empty")
    return HttpRequest(method, path, json_body({"model": model, **more}))
