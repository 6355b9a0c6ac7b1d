"""The dialect: what OpenAI's own service adds to the errors of chat completions."""

from __future__ import annotations

import re

from provider_sdk import OpenAIDialect, ProviderError
from provider_sdk.chat_completions import ServiceError

from provider_openai._account import account_hint

_READ_CHARACTERS = 1000
# OpenAI's own sentences, then those of Azure, GitHub Copilot and gateways.
_NOT_HERE = re.compile(
    r"\bnot (supported|accessible|available|served)\b[^.]{0,80}\bchat/completions"
    r"|\bchat/completions( endpoint)? is not (supported|available)"
    r"|\b(only|just) (supported|available|accessible|served) (in|via|by|on|with|through)"
    r" (the )?/?(v1/)?responses\b"
    r"|\buse (the )?/?(v1/)?responses\b|\bresponses api\b"
    r"|\bnot a chat model\b|chat ?completion operation does not work",
    re.IGNORECASE,
)
_LABEL = "unsupported_api_for_model"
OTHER_PROVIDER = (
    "Ask the provider `codex` instead, which speaks the Responses API that the model needs here."
)


class OpenAIChatDialect(OpenAIDialect):
    """OpenAI chat completions as OpenAI's own service speaks them."""

    def hint(self, error: ProviderError, found: ServiceError) -> str | None:
        """Return what to do about an error, with the page or the provider to use."""
        if _LABEL in found.labels or _NOT_HERE.search(found.message[:_READ_CHARACTERS]):
            return OTHER_PROVIDER
        return account_hint(error) or super().hint(error, found)
