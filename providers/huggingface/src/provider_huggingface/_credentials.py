"""Finds the Hugging Face token, and remembers what the Hub said of it.

Source: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from provider_sdk import Credential, ProviderAuthError

TOKEN_CHECK_KEPT_S = 300.0
"""How long the result of a token check is used; the Hub strictly limits how often it checks."""


def token_file() -> Path:
    """Return the file to which ``hf auth login`` writes the token.

    It is ``HF_TOKEN_PATH`` if set, else ``token`` in ``HF_HOME``, which is ``~/.cache/huggingface``
    by default (``XDG_CACHE_HOME`` replaces ``~/.cache``).
    """
    if path := _set("HF_TOKEN_PATH"):
        return Path(path).expanduser()
    if home := _set("HF_HOME"):
        return Path(home).expanduser() / "token"
    cache = _set("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "huggingface" / "token"


def token_from_file() -> Credential | None:
    """Return the token in the file, or ``None`` if it is missing, unreadable or blank."""
    try:
        path = token_file()
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError, RuntimeError):
        return None  # RuntimeError: there is no home directory
    return Credential(value, f"the token file {path}") if value else None


def _set(variable: str) -> str:
    return os.environ.get(variable, "").strip()


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """The result of the last token check by the Hub.

    Attributes:
        rejection: the error with which the Hub rejected the token; ``None`` if it accepted it.
        checked_at: the time of the check, on the monotonic clock.
    """

    rejection: ProviderAuthError | None
    checked_at: float

    @property
    def is_fresh(self) -> bool:
        """Whether the result is recent enough to be used."""
        return time.monotonic() - self.checked_at < TOKEN_CHECK_KEPT_S
