"""The provider for Ollama."""

from __future__ import annotations

from typing import Any, ClassVar

from provider_sdk import (
    Capability,
    ChatCall,
    ChatResponse,
    ChatStream,
    CredentialRule,
    HttpRequest,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderUnavailableError,
)

from provider_ollama._address import full_address, is_cloud
from provider_ollama._context import SIZES, chosen_size, context_size, with_size
from provider_ollama._dialect import OwnOllamaDialect, with_plain_thinking
from provider_ollama._errors import pull_hint
from provider_ollama._managing import ManagesOllamaModels
from provider_ollama._models import model_entries, newest_model, object_reply
from provider_ollama._windows import ContextWindows

_UNREACHED = "cannot be reached ("  # not through a proxy, which the service does not start
_OFFERED = "List the models to see what the service offers."


class OllamaCompatibleProvider(ManagesOllamaModels):
    """A provider for a service that speaks Ollama's own protocol; class attributes are enough.

    Args:
        config: see ``HttpProvider``; ``base_url`` may leave out scheme and port.
    """

    credential: ClassVar[CredentialRule] = "optional"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            "streaming",
            "system",
            "tools",
            "parallel_tools",
            "images",
            "json_schema",
            "json_object",
            "reasoning",
            "seed",
            "stop",
            "usage_in_stream",
            "model_listing",
        }
    )

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._sizes: dict[str, int] = {}
        self._windows = ContextWindows(self.window_of)
        self._newest_model = ""
        # Efforts that models have refused as levels; each would cost a request per call.
        self._refused: set[tuple[str, object]] = set()

    def complete_address(self, address: str) -> str:
        """Return the base URL for an address without scheme or port, as Ollama takes it."""
        return full_address(address)

    async def missing_model(self) -> str:
        """Return the installed model that was modified last; it stays the default from then on.

        Raises:
            ProviderModelNotFoundError: none is installed that can chat.
        """
        if not self._newest_model:
            reply = await self.fetch(self.dialect.models_request(None))
            self._newest_model = newest_model(model_entries(reply))
        if self._newest_model:
            return self._newest_model
        raise ProviderModelNotFoundError(
            "no model is installed, and none was named", hint="Install one, or name a model."
        )

    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Send the call with the context size that it needs, and return its answer."""
        effort = call.options.get("reasoning_effort")
        if (call.model, effort) in self._refused:
            call = with_plain_thinking(call) or call
        return await super().answer(await self._sized(call))

    def relax(self, call: ChatCall, error: ProviderRequestError) -> ChatCall | None:
        """Return the reduced call that the dialect proposes, and remember a refused level."""
        relaxed = super().relax(call, error)
        if relaxed is not None:
            self._refused.add((call.model, call.options.get("reasoning_effort")))
        return relaxed

    async def explain(self, error: ProviderError) -> ProviderError:
        """Add what to do about an error, if the service does not say it."""
        if isinstance(error, ProviderModelNotFoundError):
            self._newest_model = ""
        error.hint = error.hint or self.error_hint(error)
        return error

    async def _sized(self, call: ChatCall) -> ChatCall:
        """Return the call with a context size that is not smaller than that of earlier calls."""
        if chosen_size(call.options) is not None or self._has_own_size(call.model):
            return call
        size = context_size(call)
        if size > SIZES[0]:
            size = context_size(call, await self._windows.of(call.model))
        size = self._sizes[call.model] = max(size, self._sizes.get(call.model, 0))
        return with_size(call, size)

    def _has_own_size(self, model: str) -> bool:
        """Whether a model runs in Ollama's cloud, which reads as much as the model can."""
        return is_cloud(self.base_url) or model.endswith(("-cloud", ":cloud"))


class OllamaProvider(OllamaCompatibleProvider):
    """Ollama on this machine, on another one (``OLLAMA_HOST``), or in its cloud.

    Without a model, a call asks ``default_model``, else the installed model that was modified last.
    The cloud, ``OLLAMA_HOST=https://ollama.com``, needs ``OLLAMA_API_KEY``.
    """

    name = "ollama"
    base_url = "http://127.0.0.1:11434"
    base_url_env = "OLLAMA_HOST"
    api_key_env = ("OLLAMA_API_KEY",)
    local = True
    dialect = OwnOllamaDialect()
    library_hint = "See https://ollama.com/library for the names of models."
    credential_hint = "Make a key at https://ollama.com/settings/keys and set OLLAMA_API_KEY to it."

    async def missing_model(self) -> str:
        """Return the installed model that was modified last; see ``OllamaCompatibleProvider``."""
        try:
            return await super().missing_model()
        except ProviderModelNotFoundError as error:
            failure = error
        failure.hint = "Pull one, `ollama pull qwen3` for example, or name a model."
        raise failure

    async def check_health(self) -> None:
        """Raise unless the service lists its models for the credential.

        The model list of Ollama's cloud is public, so there the account is asked for.
        """
        try:
            if self.api_key and is_cloud(self.base_url):
                await self._check_account()
            else:
                await super().check_health()
        except ProviderError as error:
            failure = self._with_start_hint(error)
        else:
            return
        raise failure

    async def explain(self, error: ProviderError) -> ProviderError:
        """Add how to install a model that is missing, or to start a service that is not there."""
        error = await super().explain(error)
        if (
            isinstance(error, ProviderModelNotFoundError)
            and error.model
            and "model" in error.message
        ):
            error.hint = _OFFERED if is_cloud(self.base_url) else pull_hint(error.model)
        return self._with_start_hint(error)

    def completed(self, error: ProviderError) -> ProviderError:
        """Return an error of managing models, with how to start a service that is not there."""
        return super().completed(self._with_start_hint(error))

    async def _check_account(self) -> None:
        reply = await self.fetch(HttpRequest("POST", "/api/me"), max_retries=0)
        if not object_reply(reply):
            raise ProviderResponseError("the answer to the credential check names no account")

    def _with_start_hint(self, error: ProviderError) -> ProviderError:
        if self.local and type(error) is ProviderUnavailableError and _UNREACHED in error.message:
            error.hint = f"Start it by `ollama serve`, or set {self.base_url_env or 'base_url'}."
        return error
