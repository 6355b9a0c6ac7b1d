"""The dialect: what the Hugging Face router adds to OpenAI chat completions.

Source: https://huggingface.co/docs/inference-providers
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from provider_sdk import (
    HttpReply,
    OpenAIDialect,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderTimeoutError,
)
from provider_sdk.chat_completions import ServiceError

if TYPE_CHECKING:
    from provider_sdk import ModelPage

TOKEN_PAGE = "https://huggingface.co/settings/tokens"
PROVIDERS_PAGE = "https://huggingface.co/settings/inference-providers"
BILLING_PAGE = "https://huggingface.co/settings/billing"

_HINTS: tuple[tuple[type[ProviderError], str], ...] = (
    (
        ProviderPermissionError,
        'The token needs the permission "Make calls to Inference Providers"; grant it at '
        f"{TOKEN_PAGE}.",
    ),
    (ProviderAuthError, f"Check the token at {TOKEN_PAGE}."),
    (
        ProviderQuotaError,
        f"Add credits at {BILLING_PAGE}, bill an organisation (HF_BILL_TO), or use another "
        "provider.",
    ),
    (
        ProviderModelNotFoundError,
        f"See which back ends you have enabled at {PROVIDERS_PAGE}, or list the models.",
    ),
    (ProviderTimeoutError, "The back end was too slow for one answer: stream it."),
)
# https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-09.html
_RATE_LIMIT = re.compile(r";\s*r=(\d+).*?;\s*t=(\d+)")
_LONGEST_HEADER = 256
_NEVER_S = 1e9


class HfDialect(OpenAIDialect):
    """OpenAI chat completions as the router speaks them."""

    def served_by(self, headers: Mapping[str, str]) -> str | None:
        """Return the back end that the router chose."""
        return headers.get("x-inference-provider")

    def hint(self, error: ProviderError, found: ServiceError) -> str | None:
        """Return what to do about an error, with the settings page to use."""
        own = next((hint for kind, hint in _HINTS if isinstance(error, kind)), None)
        return own or super().hint(error, found)

    def parse_error(self, reply: HttpReply) -> ProviderError:
        """Return the error in a reply; ``retry_after`` may come from the ``ratelimit`` header."""
        error = super().parse_error(reply)
        if error.retry_after is None and reply.status == 429 and "retry-after" not in reply.headers:
            error.retry_after = _seconds_to_reset(reply.headers.get("ratelimit", ""))
        return error

    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models in a reply, with their back ends."""
        from provider_huggingface._model_list import model_page  # a call does not need it

        return model_page(reply)


def _seconds_to_reset(header: str) -> float | None:
    found = _RATE_LIMIT.search(header[:_LONGEST_HEADER])
    seconds = float(found[2]) if found and found[1] == "0" else _NEVER_S
    return seconds if seconds < _NEVER_S else None
