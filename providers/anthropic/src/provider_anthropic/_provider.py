"""The provider for Claude, and the base of providers for services with the same protocol."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal, Unpack, cast, get_args

from provider_sdk import (
    Capability,
    ChatCall,
    ChatOptions,
    ChatResponse,
    ChatStream,
    HttpProvider,
    Messages,
    ProviderRequestError,
    ProviderWarning,
    checked_options,
    header_setting,
)
from provider_sdk.adapting import check_supported, normalized

from provider_anthropic._credentials import AuthStyle, checked_style, headers_of, style_of
from provider_anthropic._dialect import AnthropicDialect
from provider_anthropic._errors import KEYS_PAGE
from provider_anthropic._models import DEFAULT_MODEL, facts_of
from provider_anthropic._relax import without_sampling

CacheTime = Literal["5m", "1h"]
_WITHOUT_SAMPLING = "2026-10-21"
_SAMPLING = frozenset({"temperature", "top_p"})
_API_PATH = re.compile(r"(?<!/)/v1(/messages(/count_tokens)?)?/*$", re.IGNORECASE)


class AnthropicCompatibleProvider(HttpProvider):
    """A provider for a service that speaks the Messages API; class attributes are enough.

    ::

        class AcmeProvider(AnthropicCompatibleProvider):
            name = "acme"
            base_url = "https://api.acme.example/anthropic"
            api_key_env = ("ACME_API_KEY",)
            default_model = "acme-large"

    Narrow ``capabilities`` to what the service really does; a call for anything else is then
    refused before it is sent.

    Class attributes that a subclass sets, besides those of ``HttpProvider``:
        api_version: the version of the protocol that is asked for.
        token_env: each variable that holds a bearer token; ``api_key_env`` has it, too.

    Args:
        auth_style: how the credential is sent, ``"x-api-key"`` or ``"bearer"``; by default as an
            API key, or as a bearer token if it comes from a variable of ``token_env``.
        api_version: the version of the protocol to ask for. From 2026-10-21 on it has neither
            ``temperature`` nor ``top_p``.
        prompt_cache: how long the service shall keep what it read, ``"5m"`` or ``"1h"``, so that
            the next call that begins the same costs less. ``None`` does not ask for it.
        config: see ``HttpProvider``.

    Raises:
        ProviderAuthError: a required credential is missing, or cannot be sent in a header.
        ValueError: another argument makes no sense.
        ProviderRequestError: a variable that is used instead makes no sense.
    """

    dialect: ClassVar[AnthropicDialect] = AnthropicDialect()
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            "streaming",
            "system",
            "tools",
            "parallel_tools",
            "images",
            "json_schema",
            "reasoning",
            "stop",
            "usage_in_stream",
            "model_listing",
            "token_counting",
        }
    )
    api_version: str = "2023-06-01"
    token_env: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        *,
        auth_style: AuthStyle | None = None,
        api_version: str | None = None,
        prompt_cache: CacheTime | None = None,
        **config: Any,
    ) -> None:
        self._auth_style = checked_style(auth_style)
        self.api_version = header_setting("api_version", api_version) or type(self).api_version
        if prompt_cache not in (None, *get_args(CacheTime)):
            raise ValueError("prompt_cache must be '5m', '1h' or None")
        self._prompt_cache = prompt_cache
        super().__init__(**config)

    def auth_headers(self, credential: str) -> Mapping[str, str]:
        """Return the credential in the header of its style."""
        style = self._auth_style or style_of(self.api_credential, self.token_env)
        return headers_of(credential, style)

    def request_headers(self) -> Mapping[str, str]:
        """Return the header that names the version of the protocol."""
        return {"anthropic-version": self.api_version}

    def forbidden_sampling(self, model: str) -> frozenset[str]:
        """Return the sampling options that the version, or the model, rejects."""
        takes_any = self.api_version < _WITHOUT_SAMPLING and facts_of(model).sampling
        return frozenset() if takes_any else _SAMPLING

    def complete_address(self, address: str) -> str:
        """Return the base URL for an address as other clients take it, with ``/v1`` at its end."""
        return _API_PATH.sub("", address.strip())

    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Send the call, with a request to cache the prompt if the provider was told to.

        Sampling options that the model does not accept while it thinks are left out.
        """
        sent = without_sampling(call)
        _warn(sent.notes[len(call.notes) :])
        return await super().answer(self._with_cache(sent))

    def relax(self, call: ChatCall, error: ProviderRequestError) -> ChatCall | None:
        """Return the reduced call that the dialect proposes; warn of what the caller asked for."""
        sent = without_sampling(call)
        relaxed = super().relax(sent, error)
        _warn(relaxed.notes[len(sent.notes) :] if relaxed else ())
        return relaxed

    async def count_tokens(
        self, messages: Messages, model: str | None = None, **options: Unpack[ChatOptions]
    ) -> int:
        """Return how many tokens the service would read for a call; it is not billed.

        Options that do not change what is read are ignored, and so are ``timeout`` and
        ``extra_headers``.

        Raises:
            TypeError, ProviderError: as ``chat``.
        """
        self.require_open()
        conversation, checked = normalized(messages, self.name), checked_options(options)
        check_supported(self, conversation, checked, stream=False)
        if not (name := model or self.default_model):
            raise ProviderRequestError(
                "no model was named, and the provider has no default", provider=self.name
            )
        call = self._with_cache(ChatCall(name, conversation, checked, provider=self.name))
        return self.dialect.parse_count(await self.fetch(self.dialect.count_request(call)))

    def _with_cache(self, call: ChatCall) -> ChatCall:
        if self._prompt_cache is None:
            return call
        control = {"type": "ephemeral", "ttl": self._prompt_cache}
        extra = {"cache_control": control, **(call.options.get("extra_body") or {})}
        return replace(call, options=cast("ChatOptions", {**call.options, "extra_body": extra}))


def _warn(notes: Iterable[str]) -> None:
    for note in notes:
        warnings.warn(note, ProviderWarning, stacklevel=3)


class ClaudeProvider(AnthropicCompatibleProvider):
    """Claude at ``api.anthropic.com``.

    The credential comes from ``api_key``, from ``ANTHROPIC_API_KEY``, or from
    ``ANTHROPIC_AUTH_TOKEN``, which is sent as a bearer token.
    """

    name = "claude"
    base_url = "https://api.anthropic.com"
    base_url_env = "ANTHROPIC_BASE_URL"
    api_key_env = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
    token_env = ("ANTHROPIC_AUTH_TOKEN",)
    default_model = DEFAULT_MODEL
    api_version = _WITHOUT_SAMPLING
    credential_hint = f"Make a key at {KEYS_PAGE} and set ANTHROPIC_API_KEY to it."
