"""Pulls, describes and removes models, as ``provider_sdk.ManagesModels`` says.

Source: https://docs.ollama.com/api
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, ClassVar

from provider_sdk import (
    HttpExchange,
    HttpProvider,
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

from provider_ollama._errors import make_error
from provider_ollama._models import context_window, model_entries, model_name, object_reply

_LIBRARY = "See https://ollama.com/library for the names of models."


class ManagesOllamaModels(HttpProvider):
    """The part of the provider that manages models.

    Class attributes:
        pull_silence_s: seconds that a download may be silent; checking a large file takes minutes.
    """

    pull_silence_s: ClassVar[float] = 600.0

    async def pull(self, model: str) -> AsyncGenerator[PullProgress, None]:
        """Install a model or its newest version; see ``ManagesModels.pull``.

        If the iteration is left early, the service stops the download and keeps what has arrived;
        close it with ``contextlib.aclosing``.
        """
        self.require_open()
        request = HttpRequest("POST", "/api/pull", _named(model, stream=True))
        exchange = await self.begin(request)
        try:
            async with aclosing(self._progress(exchange)) as reports:
                async for report in reports:
                    yield report
                    if report.status == "success":
                        return
            failure: ProviderError = StreamInterruptedError(
                "the download ended before it was complete", hint="Pull again; it continues there."
            )
        except ProviderError as error:
            failure = error
        finally:
            await exchange.aclose()
        failure.model = model
        if isinstance(failure, ProviderModelNotFoundError):
            failure.hint = _LIBRARY
        raise self.completed(failure)

    async def show(self, model: str) -> ModelDetails:
        """Return what the service says of an installed model; see ``ManagesModels.show``."""
        self.require_open()
        body = await self._describe(model)
        details = mapping_or_empty(body.get("details"))
        return ModelDetails(
            id=model,
            family=text_or_none(details.get("family")),
            parameter_size=text_or_none(details.get("parameter_size")),
            quantization=text_or_none(details.get("quantization_level")),
            context_window=context_window(body),
            capabilities=tuple(list_of_texts(body.get("capabilities"))),
            parameters=text_or_none(body.get("parameters")),
            system=text_or_none(body.get("system")),
            license=text_or_none(body.get("license")),
            modified_at=text_or_none(body.get("modified_at")),
        )

    async def ps(self) -> list[RunningModel]:
        """Return the models that are in memory; see ``ManagesModels.ps``."""
        self.require_open()
        reply = await self.fetch(HttpRequest("GET", "/api/ps"))
        return [
            RunningModel(
                id=model_name(entry),
                size=token_count(entry.get("size")),
                gpu_size=token_count(entry.get("size_vram")),
                context_window=token_count(entry.get("context_length")),
                expires_at=text_or_none(entry.get("expires_at")),
            )
            for entry in model_entries(reply)
        ]

    async def delete(self, model: str) -> None:
        """Remove an installed model; see ``ManagesModels.delete``."""
        self.require_open()
        # Sent once: if it is sent again after it succeeded, the model is not found.
        await self._about(model, HttpRequest("DELETE", "/api/delete", _named(model)))

    async def _describe(self, model: str) -> Mapping[str, Any]:
        return object_reply(
            await self._about(model, HttpRequest("POST", "/api/show", _named(model)))
        )

    async def _about(self, model: str, request: HttpRequest) -> Any:
        try:
            return await self.fetch(request, max_retries=0)
        except ProviderError as error:
            failure = error
        failure.model = model
        if isinstance(failure, ProviderModelNotFoundError) and "model" in failure.message:
            failure.hint = "List the models to see which are installed."
        raise failure

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
        raise ProviderTimeoutError(f"the download was silent for {self.pull_silence_s:g} s")

    def _report(self, value: Any) -> PullProgress:
        line = mapping_or_empty(value)
        if says_error(line.get("error")):
            raise make_error(None, read_error_body(line))
        digest = text_or_none(line.get("digest"))
        return PullProgress(
            status=self.redact(text_or_none(line.get("status")) or ""),
            digest=digest and self.redact(digest),
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
    raise ProviderResponseError(f"the report on the download cannot be read: {problem}")


def _named(model: object, **more: Any) -> bytes:
    if not isinstance(model, str) or not model.strip():
        raise ProviderRequestError("model must be a name that is not empty")
    return json_body({"model": model, **more})
