"""What both protocols at ``api.openai.com`` share: address, credential and who pays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from provider_sdk import (
    HttpProvider,
    ProviderAuthError,
    ProviderError,
    ProviderPermissionError,
    ProviderQuotaError,
    header_setting,
)

KEYS_PAGE = "https://platform.openai.com/api-keys"
BILLING_PAGE = "https://platform.openai.com/settings/organization/billing"

_API_PATH = re.compile(r"(?<!/)/(chat/completions|responses|models)/*$", re.IGNORECASE)


class OpenAIAccount(HttpProvider):
    """A provider for an OpenAI account; a subclass names its protocol.

    Args:
        organization: the id of the organization that the calls count for, if the key's owner is a
            member of several.
        project: the id of the project that the calls count for.
        config: see ``HttpProvider``.

    Raises:
        ProviderAuthError: the credential is missing, or cannot be sent in a header.
        ValueError: another argument makes no sense.
        ProviderRequestError: a variable that is used instead makes no sense.
    """

    base_url = "https://api.openai.com/v1"
    base_url_env: ClassVar[str | None] = "OPENAI_BASE_URL"
    api_key_env: ClassVar[tuple[str, ...]] = ("OPENAI_API_KEY",)
    credential_hint: ClassVar[str | None] = (
        f"Make a key at {KEYS_PAGE} and set OPENAI_API_KEY to it."
    )

    def __init__(
        self, *, organization: str | None = None, project: str | None = None, **config: Any
    ) -> None:
        self._account = {
            "openai-organization": header_setting("organization", organization),
            "openai-project": header_setting("project", project),
        }
        super().__init__(**config)

    def request_headers(self) -> Mapping[str, str]:
        """Return the headers that name organization and project."""
        return {name: value for name, value in self._account.items() if value}

    def complete_address(self, address: str) -> str:
        """Return the base URL for an address that names one of the API's endpoints."""
        return _API_PATH.sub("", address.strip())


def account_hint(error: ProviderError) -> str | None:
    """Return what the owner of an account can do about an error, ``None`` for nothing special."""
    return next((hint for kind, hint in _HINTS if isinstance(error, kind)), None)


_HINTS: tuple[tuple[type[ProviderError], str], ...] = (
    (ProviderPermissionError, f"Check what the key and its project may do at {KEYS_PAGE}."),
    (ProviderAuthError, f"Check the key at {KEYS_PAGE}."),
    (
        ProviderQuotaError,
        f"Waiting does not help: see {BILLING_PAGE}, or use another provider.",
    ),
)
