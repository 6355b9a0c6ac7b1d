"""The provider for Hugging Face Inference Providers: one token, one router, many back ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from provider_sdk import (
    Credential,
    Dialect,
    HttpRequest,
    OpenAICompatibleProvider,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderRateLimitError,
    ProviderResponseError,
    address_setting,
    header_setting,
)
from provider_sdk.decoding import decode_json

from provider_huggingface._credentials import TokenCheck, TokenFileError, token_from_file
from provider_huggingface._dialect import TOKEN_PAGE, HfDialect
from provider_huggingface._models import KNOWN_MODELS, close_ids

if TYPE_CHECKING:
    from provider_sdk import ModelInfo

_SUGGESTION_S = 5.0


class HfCompatibleProvider(OpenAICompatibleProvider):
    """A router with Hugging Face's protocol, and a Hub that checks its tokens.

    Class attributes, besides those of ``OpenAICompatibleProvider``:
        hub_url: the address of the Hub.
        hub_url_env: the variable that overrides the address of the Hub.
        bill_to_env: the variable that names the organisation that pays.

    Args:
        hub_url: the address of the Hub; the default is ``hub_url_env``, then the class's.
        bill_to: the organisation that pays; the default is ``bill_to_env``.
        config: see ``HttpProvider``.

    Raises:
        ProviderAuthError: no token was found, or it cannot be sent in a header.
        ValueError: another argument makes no sense.
        ProviderRequestError: a variable that is used instead makes no sense.
    """

    dialect: ClassVar[Dialect] = HfDialect()
    hub_url: str = ""
    hub_url_env: ClassVar[str] = "HF_ENDPOINT"
    bill_to_env: ClassVar[str] = "HF_BILL_TO"

    def __init__(
        self, *, hub_url: str | None = None, bill_to: str | None = None, **config: Any
    ) -> None:
        self._bill_to = header_setting("bill_to", bill_to, self.bill_to_env)
        self.hub_url = self._hub_address(hub_url)
        self._token_check: TokenCheck | None = None
        self._model_ids: list[str] = []
        super().__init__(**config)

    def find_credential(self, api_key: str | None) -> Credential | None:
        """Return the token from the argument, the variables, or the file of ``hf auth login``.

        Raises:
            ProviderAuthError: there is only a token file, and it cannot be read.
        """
        if found := super().find_credential(api_key):
            return found
        try:
            return token_from_file()
        except TokenFileError as error:
            problem = str(error)
        if self.credential != "required":
            return None
        raise ProviderAuthError(
            f"{self.api_key_env[0]} is not set",
            provider=self.name,
            hint=f"{problem} {self.credential_hint or ''}".rstrip(),
        )

    def credential_addresses(self, base_url: str | None) -> tuple[str, ...]:
        """Return the addresses of the router and of the Hub, which checks the token."""
        hub = self._hub_address(vars(self).get("hub_url"))
        return (*super().credential_addresses(base_url), hub)

    def request_headers(self) -> Mapping[str, str]:
        """Return the header that names the organisation that pays."""
        return {"x-hf-bill-to": self._bill_to} if self._bill_to else {}

    async def check_health(self) -> None:
        """Raise unless the Hub accepts the token and the router answers.

        The router's model list is public, so it proves only that the router answers. The Hub
        strictly limits token checks, so the result is used for five minutes.
        """
        await self._check_token()
        try:
            await super().check_health()
        except ProviderModelNotFoundError as error:
            # The router answered, even though it has no model list.
            if error.status != 404:
                raise

    async def fetch_models(self) -> list[ModelInfo]:
        """Return the models with their back ends, prices and limits.

        If the router has no model list (HTTP 404), these are ``KNOWN_MODELS``, without details.
        """
        from provider_sdk import ModelInfo  # a call does not need it

        try:
            models = await super().fetch_models()
        except ProviderModelNotFoundError as error:
            if error.status != 404:
                raise
            models = [ModelInfo(id) for id in KNOWN_MODELS]
        self._model_ids = [model.id for model in models]
        return models

    async def explain(self, error: ProviderError) -> ProviderError:
        """Add similar ids to the hint if no enabled back end serves the model."""
        unserved = isinstance(error, ProviderModelNotFoundError) and error.status == 400
        close = close_ids(error.model or "", await self._known_ids()) if unserved else []
        if close:
            error.hint = f"Close to it: {', '.join(close)}. {error.hint or ''}".rstrip()
        return error

    def _hub_address(self, hub_url: str | None) -> str:
        return address_setting("hub_url", hub_url, self.hub_url_env, type(self).hub_url)

    async def _check_token(self) -> None:
        if self._token_check is None or not self._token_check.is_fresh:
            await self._ask_hub()
        if self._token_check is not None and self._token_check.rejection is not None:
            # Drop the traceback: raising the stored error again would lengthen it each time.
            raise self._token_check.rejection.with_traceback(None)

    async def _ask_hub(self) -> None:
        request = HttpRequest("GET", "/api/whoami-v2", base_url=self.hub_url)
        try:
            reply = await self.fetch(request, max_retries=0)
        except ProviderAuthError as error:
            self._token_check = TokenCheck(error, time.monotonic())
        except ProviderModelNotFoundError as error:
            error.hint = f"{self.hub_url} is not a Hub: check HF_ENDPOINT or hub_url."
            raise
        except ProviderRateLimitError as error:
            if self._token_check is None:
                error.message, error.hint = "token not verified: rate-limited", None
                raise
        else:
            _require_account(reply.body)
            self._token_check = TokenCheck(None, time.monotonic())

    async def _known_ids(self) -> list[str]:
        if not self._model_ids:
            try:
                async with asyncio.timeout(_SUGGESTION_S):
                    await self.describe_models()
            except (ProviderError, TimeoutError):
                return list(KNOWN_MODELS)  # suggestions are optional: keep the error itself
        return self._model_ids


class HfProvider(HfCompatibleProvider):
    """Hugging Face Inference Providers at ``router.huggingface.co``.

    A model id is ``org/name``. A suffix chooses who serves it: a back end (``org/name:groq``) or a
    policy (``:fastest``, ``:cheapest``, ``:preferred``). ``response.served_by`` names the back end
    that answered.

    The token comes from ``api_key``, ``HF_TOKEN``, ``HUGGING_FACE_HUB_TOKEN``, or the file that
    ``hf auth login`` writes. It needs the permission "Make calls to Inference Providers".
    """

    name = "hf"
    base_url = "https://router.huggingface.co/v1"
    base_url_env = "HF_BASE_URL"
    hub_url = "https://huggingface.co"
    api_key_env = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
    default_model = "zai-org/GLM-4.7-Flash:novita"
    credential_hint = f"Make a token at {TOKEN_PAGE} and set HF_TOKEN to it."


def _require_account(body: bytes) -> None:
    try:
        account = decode_json(body)
    except ValueError:
        account = None
    if not isinstance(account, Mapping) or not account.get("name"):
        raise ProviderResponseError("the Hub's answer to the token check names no account")
